import type { Cell } from "../../api/types";

/** Iterations by which the past is fetched ahead of playing: not one by one. */
const AHEAD = 60;

/** Up to where the past of a measure is wanted: as far as was seen, and while playing a little further. */
export const wantedTo = ({ reach, playing }: { reach: number; playing: boolean }): number =>
  playing ? AHEAD * Math.ceil((reach + 1) / AHEAD) : reach + 1;

/** How a pinned number is written in a condition: indices count from 0, as in code; a whole value by its norm. */
export function measureOf({ value, index }: Cell, shape: readonly number[]): string {
  if (shape.length === 0) return value;
  return index.length === shape.length ? `${value}[${index.join(",")}]` : `norm(${value})`;
}

/** A number as a condition reads it, in few digits: infinity is written inf, and nan is in no condition. */
export function threshold(x: number): string | null {
  if (Number.isNaN(x)) return null;
  return Number.isFinite(x) ? String(Number(x.toPrecision(3))) : x > 0 ? "inf" : "-inf";
}

/** The conditions that a number offers: it falls below, rises above what it is now, or changes its sign. */
export function conditionsOn(measure: string, now: number | null): { title: string; text: string }[] {
  const limit = now === null ? "0" : threshold(now);
  const sign = { title: "changes its sign", text: `${measure} crosses 0` };
  if (limit === null) return [sign];
  return [
    { title: `falls below ${limit}`, text: `${measure} < ${limit}` },
    { title: `rises above ${limit}`, text: `${measure} > ${limit}` },
    sign,
  ];
}

const COMPARED = /^(.+?)\s*(?:<=|>=|<|>|\bcrosses\b)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)(?:\s+for\s+\d+)?$/i;
const JOINED = /\b(?:and|or|not)\b/;
const SIGNS = /[<>]=?|\bcrosses\b/g;
const BRACKETS = /\([^()]*\)/;

/** What of a text stands in no brackets. */
function outside(text: string): string {
  let left = text;
  while (BRACKETS.test(left)) left = left.replace(BRACKETS, "");
  return left;
}

/** The measure and the number of a condition that is one comparison, to be drawn; null for any other. */
export function comparisonIn(text: string): { measure: string; threshold: number } | null {
  const found = COMPARED.exec(text.trim());
  if (!found || JOINED.test(text) || outside(text).match(SIGNS)?.length !== 1) return null;
  const threshold = Number(found[2]);
  return Number.isFinite(threshold) ? { measure: found[1]!, threshold } : null;
}
