import type { Json, SearchAxis, TrialEntry } from "../../api/types";

/** The column of the objective, beside those of the axes. */
export const OBJECTIVE = "objective";
/** Above this share of its height the objective's column holds what diverged. */
export const DIVERGED = 0.94;
const BAND = 0.72; // the part of a value's room in which its trials stand

/** A column of parallel coordinates: bands, one a value, or a scale. */
export type Column =
  | { path: string; values: Json[] }
  | { path: string; low: number; high: number; log: boolean };

/** A trial as a line: its heights from 0, the foot of a column, to 1. */
export interface Line {
  entry: TrialEntry;
  heights: number[];
}

/** Which part of which columns lines have to pass through. */
export type Brush = ReadonlyMap<string, readonly [number, number]>;

export function columnsOf(axes: readonly SearchAxis[], ranked: readonly TrialEntry[]): Column[] {
  const own = axes.map(
    (axis): Column =>
      "values" in axis
        ? { path: axis.path, values: axis.values }
        : { path: axis.path, low: axis.low, high: axis.high, log: axis.scale === "log" },
  );
  return [...own, objectiveColumn(ranked)];
}

/** The scale of what did not diverge, in powers of ten where all of it is above 0. */
function objectiveColumn(ranked: readonly TrialEntry[]): Column {
  const sound = ranked.filter(({ diverged }) => !diverged).map(({ objective }) => objective);
  const known = sound.filter((x): x is number => x !== null && Number.isFinite(x));
  if (known.length === 0) return { path: OBJECTIVE, low: 0, high: 1, log: false };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return { path: OBJECTIVE, low, high: high > low ? high : low + (Math.abs(low) || 1), log: low > 0 };
}

/** All trials as lines. In a band they stand in their order, the best at its foot: a bundle of good ones reads at once. */
export function linesOf(columns: readonly Column[], ranked: readonly TrialEntry[]): Line[] {
  const byColumn = columns.map((column) =>
    column.path === OBJECTIVE
      ? ranked.map((entry) => objectiveHeight(column, entry))
      : "values" in column
        ? bandHeights(column.path, column.values, ranked)
        : ranked.map(({ settings }) => share(column, Number(settings[column.path]))),
  );
  return ranked.map((entry, i) => ({ entry, heights: byColumn.map((heights) => heights[i]!) }));
}

function bandHeights(path: string, values: readonly Json[], ranked: readonly TrialEntry[]): number[] {
  const keys = values.map((value) => JSON.stringify(value));
  const places = ranked.map(({ settings }) => keys.indexOf(JSON.stringify(settings[path])));
  const counts = keys.map((_, place) => places.filter((other) => other === place).length);
  const seen = keys.map(() => 0);
  return places.map((place) => {
    const within = (seen[place]!++ + 0.5) / counts[place]!;
    const [foot, top] = band(place, keys.length);
    return foot + within * (top - foot);
  });
}

/** Where a value's band lies, the first at the foot. */
export const band = (place: number, count: number): [number, number] => [
  (place + (1 - BAND) / 2) / count,
  (place + (1 + BAND) / 2) / count,
];

function objectiveHeight(column: Column, { objective, diverged }: TrialEntry): number {
  if (objective === null || !Number.isFinite(objective) || diverged) return (1 + DIVERGED) / 2;
  return share(column, objective) * (DIVERGED - 0.06);
}

/** How far up its scale a number lies. */
export function share(column: Column, x: number): number {
  if ("values" in column) return 0;
  const { low, high, log } = column;
  const found = log ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low);
  return Math.min(1, Math.max(0, found));
}

/** Whether a line passes through every brush. */
export function passes({ heights }: Line, columns: readonly Column[], brush: Brush): boolean {
  return columns.every(({ path }, i) => {
    const range = brush.get(path);
    return !range || (heights[i]! >= range[0] && heights[i]! <= range[1]);
  });
}

/** The height of a line at a place between columns: flat at each of them, so that it can be followed through. */
export function heightAt({ heights }: Line, x: number): number {
  const left = Math.min(heights.length - 2, Math.max(0, Math.floor(x)));
  if (left < 0 || heights.length === 1) return heights[0] ?? 0;
  const t = Math.min(1, Math.max(0, x - left));
  return heights[left]! + (heights[left + 1]! - heights[left]!) * t * t * (3 - 2 * t);
}

/** The line nearest to a place; null where none is near. */
export function nearest(lines: readonly Line[], x: number, y: number, reach: number): Line | null {
  let [found, least]: [Line | null, number] = [null, reach];
  for (const line of lines) {
    const distance = Math.abs(heightAt(line, x) - y);
    if (distance < least) [found, least] = [line, distance];
  }
  return found;
}
