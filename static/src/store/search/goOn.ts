import type { Json, SearchAxis, TrialEntry } from "../../api/types";

/** Axes that hold what some trials have: of values those that occur, of a range the part that they lie in. */
export function axesOf(axes: readonly SearchAxis[], trials: readonly TrialEntry[]): SearchAxis[] {
  return axes.map((axis) => {
    const found = trials.map(({ settings }) => settings[axis.path] as Json);
    if ("values" in axis)
      return { path: axis.path, values: axis.values.filter((value) => found.some(same(value))) };
    const numbers = found.map(Number);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return low < high ? { ...axis, low, high } : { path: axis.path, values: [low] };
  });
}

/** The one setting of a trial, as axes of one value each. */
export const settingOf = (axes: readonly SearchAxis[], { settings }: TrialEntry): SearchAxis[] =>
  axes.map(({ path }) => ({ path, values: [settings[path] as Json] }));

/** Each value once, numbers in their order. */
export function distinct(values: readonly Json[]): Json[] {
  const found = values.filter((value, i) => values.findIndex(same(value)) === i);
  return found.every((value) => typeof value === "number")
    ? found.toSorted((a, b) => Number(a) - Number(b))
    : found;
}

/** The same axes, with a value half way between any two numbers that stand beside each other. */
export const finer = (axes: readonly SearchAxis[]): SearchAxis[] =>
  axes.map((axis) =>
    "values" in axis ? { path: axis.path, values: axis.values.flatMap(withHalfWay) } : axis,
  );

function withHalfWay(value: Json, i: number, values: Json[]): Json[] {
  const next = values[i + 1];
  if (typeof value !== "number" || typeof next !== "number") return [value];
  const between = halfWay(value, next);
  return between === value || between === next ? [value] : [value, between];
}

/** By their ratio where both are above 0, as rates are tried; whole where both are. */
function halfWay(a: number, b: number): number {
  const found = a > 0 && b > 0 ? Math.sqrt(a * b) : (a + b) / 2;
  return Number.isInteger(a) && Number.isInteger(b) && Math.abs(a - b) >= 1
    ? Math.round(found)
    : Number(found.toPrecision(2));
}

const same = (value: Json) => (other: Json) => JSON.stringify(value) === JSON.stringify(other);
