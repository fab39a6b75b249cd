import type { Json, Parameter } from "../api/types";

const WHOLE: { [kind: string]: string } = {
  number: "a number",
  integer: "a whole number",
  pair: "two numbers",
  vector: "a list of numbers",
  matrix: "rows of numbers",
  integers: "whole numbers",
};
const EXAMPLES: { [kind: string]: string } = {
  pair: "0.9, 0.999",
  vector: "0.1, 0.2",
  matrix: "[[1, 2], [3, 4]]",
  integers: "1, 8, 8",
};
const MINUS = "\u2212";
const number = (x: number) => String(x).replaceAll("-", MINUS);

/** The range in words: "at least 0 and below 1". */
export function rangeOf({ minimum, maximum, exclusive_minimum, exclusive_maximum }: Parameter): string {
  const low = minimum === null ? "" : `${exclusive_minimum ? "above" : "at least"} ${number(minimum)}`;
  const high = maximum === null ? "" : `${exclusive_maximum ? "below" : "at most"} ${number(maximum)}`;
  return [low, high].filter(Boolean).join(" and ");
}

function inRange(x: number, { minimum, maximum, exclusive_minimum, exclusive_maximum }: Parameter): boolean {
  if (minimum !== null && (exclusive_minimum ? x <= minimum : x < minimum)) return false;
  return maximum === null || (exclusive_maximum ? x < maximum : x <= maximum);
}

const isNumbers = (value: Json): value is number[] =>
  Array.isArray(value) && value.every((x) => typeof x === "number");
const isRows = (value: Json): value is number[][] =>
  Array.isArray(value) && value.length > 0 && value.every((row) => isNumbers(row) && row.length > 0);

/** All numbers of a value of the right kind; null for one of another kind. */
function numbersOf(value: Json, kind: Parameter["kind"]): number[] | null {
  if (kind === "number") return typeof value === "number" ? [value] : null;
  if (kind === "integer") return Number.isInteger(value) ? [value as number] : null;
  if (kind === "matrix") return isRows(value) ? value.flat() : null;
  if (kind === "integers")
    return isNumbers(value) && value.length && value.every(Number.isInteger) ? value : null;
  return isNumbers(value) && (kind !== "pair" || value.length === 2) ? value : null;
}

/** What is wrong with a value, by what the catalog says of its kind and range; null if nothing is. */
export function mistakeIn(value: Json, parameter: Parameter): string | null {
  const wanted = WHOLE[parameter.kind];
  if (!wanted || (value === null && parameter.nullable)) return null;
  const numbers = numbersOf(value, parameter.kind);
  if (numbers?.every((x) => inRange(x, parameter))) return null;
  const range = rangeOf(parameter);
  const given = value === "" ? "" : `, not ${shown(value)}`;
  const example = EXAMPLES[parameter.kind];
  return `Needs ${wanted}${range && ` ${range}`}${given}.${example ? ` For example ${example}.` : ""}`;
}

function shown(value: Json): string {
  if (typeof value === "number") return number(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 24 ? `${text.slice(0, 23)}\u2026` : text;
}
