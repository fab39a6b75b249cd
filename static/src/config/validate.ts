import type { Json, Parameter } from "../api/types";
import { type Entered, parse } from "./parse";

const MINUS = "\u2212";
/** A real minus sign before every number. */
const written = (text: string) => text.replaceAll(/(?<![\w.)])-(?=\d)/g, MINUS);

/** What a setting takes, in the catalog's words; nothing for one that is chosen rather than typed. */
export const takes = ({ kind, allowed }: Parameter): string => (kind in DEPTHS ? written(allowed) : "");

/** How deep the lists of numbers are. */
const DEPTHS: { [kind: string]: number } = {
  number: 0,
  integer: 0,
  pair: 1,
  vector: 1,
  integers: 1,
  matrix: 2,
};
const COUNTS: { [kind: string]: number } = { pair: 2 };
const WHOLE = ["integer", "integers"];

function inRange(x: number, { minimum, maximum, exclusive_minimum, exclusive_maximum }: Parameter): boolean {
  if (minimum !== null && (exclusive_minimum ? x <= minimum : x < minimum)) return false;
  return maximum === null || (exclusive_maximum ? x < maximum : x <= maximum);
}

/** All numbers of a value with lists so deep; null for a value of another form. */
function numbersAt(value: Json, depth: number): number[] | null {
  if (depth === 0) return typeof value === "number" ? [value] : null;
  if (!Array.isArray(value)) return null;
  const parts = value.map((item) => numbersAt(item, depth - 1));
  return parts.some((part) => part === null || (depth > 1 && part.length === 0))
    ? null
    : (parts.flat() as number[]);
}

function fits(value: Json, parameter: Parameter): boolean {
  const { kind, length } = parameter;
  const numbers = numbersAt(value, length !== null && !Array.isArray(value) ? 0 : DEPTHS[kind]!);
  if (numbers === null || (kind !== "vector" && numbers.length === 0)) return false;
  const count = COUNTS[kind] ?? (Array.isArray(value) ? length : null);
  if (count !== null && numbers.length !== count) return false;
  return numbers.every((x) => inRange(x, parameter) && (!WHOLE.includes(kind) || Number.isInteger(x)));
}

/** What is wrong with a value, by what the catalog says of it; null if nothing is. */
export function mistakeIn(value: Json, parameter: Parameter): string | null {
  if (!(parameter.kind in DEPTHS) || (value === null && parameter.nullable)) return null;
  if (fits(value, parameter)) return null;
  const given = value === "" ? "" : `, not ${shown(value)}`;
  const example = parameter.example && ` For example ${parameter.example}.`;
  return `Needs ${takes(parameter)}${given}.${example}`;
}

/** A text that was typed, read and judged. */
export function entered(text: string, parameter: Parameter): Entered {
  const { value, mistake } = parse(text, parameter);
  return { value, mistake: mistake ?? mistakeIn(value, parameter) };
}

function shown(value: Json): string {
  if (typeof value === "number") return written(String(value));
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 24 ? `${text.slice(0, 23)}\u2026` : text;
}
