import type { Run } from "../api/types";
import { scientific, signed } from "../lib/format";
import type { Layout } from "./networkLayout";

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";

/** A whole number as a subscript. */
export const subscript = (n: number): string =>
  [...String(n)].map((digit) => DIGITS[Number(digit)] ?? "").join("");

/** What stands beside a unit: the feature's name, h₂, ŷ or the class. */
export function unitName(run: Run, layout: Layout, column: number, unit: number): string {
  if (layout.columns[column]!.kind === "loss") return "L";
  if (column === 0) return featureName(run.features[unit] ?? "x");
  if (column < run.layers.length) return `h${subscript(unit + 1)}`;
  const outputs = run.layers[column - 1]!.units;
  if (outputs === 1) return "ŷ";
  return className(run, unit) ?? `ŷ${subscript(unit + 1)}`;
}

/** `x1` is written as the symbol that it is; a word stays one. */
const featureName = (name: string): string =>
  name.replace(/^([a-z])_?(\d+)$/i, (_, letter: string, n: string) => letter + subscript(Number(n)));

/** Outputs are named by their classes where there is one for each. */
export function className(run: Run, unit: number): string | null {
  const outputs = run.layers.at(-1)?.units;
  return run.task === "classification" && run.classes.length === outputs ? (run.classes[unit] ?? null) : null;
}

/** The layer, and the unit counted from one: for those who hear it. */
export function spokenName(run: Run, layout: Layout, column: number, unit: number): string {
  if (column === 0) return `input ${run.features[unit] ?? unit + 1}`;
  const known = column === run.layers.length ? className(run, unit) : null;
  return `${layout.columns[column]!.title} unit ${unit + 1}${known ? `, ${known}` : ""}`;
}

/** A gradient beside a unit: three decimals, and a power of ten where they would all be 0. */
export function deltaText(x: number): string {
  if (x === 0 || !Number.isFinite(x) || Math.abs(x) >= 5e-4) return x === 0 ? "0" : signed(x);
  return (x > 0 ? "+" : "") + scientific(x, 1);
}
