import type { Run, RunLayer } from "../api/types";
import { madeOf } from "./valueNames";

/** What inputs, features, tokens and units are called: every panel takes their names from here. */

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";
const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const digitsOf = (n: number, digits: string) =>
  [...String(n)].map((digit) => digits[Number(digit)] ?? "").join("");
/** A whole number as a subscript. */
export const subscript = (n: number): string => digitsOf(n, DIGITS);

/** `x1^2` is written as the symbols that it is, x₁²; a word stays one. */
export const featureName = (name: string): string =>
  name
    .replace(/\b([a-z])_?(\d+)\b/gi, (_, letter: string, n: string) => letter + subscript(Number(n)))
    .replace(/\^(\d+)/g, (_, n: string) => digitsOf(Number(n), POWERS));

/** What an input is called. */
export const inputName = ({ features }: Run, at: number): string =>
  featureName(features[at] ?? `input ${at + 1}`);

/** What a feature is made of. */
export function termName({ config }: Run, at: number): string {
  const { features } = config;
  return featureName((Array.isArray(features) ? String(features[at] ?? "") : "") || `f${at + 1}`);
}

/** What a token is called: by its number if it has no name. */
export const tokenName = (tokens: readonly string[] | null | undefined, token: number): string =>
  tokens?.[token] ?? String(token);

/** Outputs are named by their classes where there is one for each. */
export function className(run: Run, unit: number): string | null {
  const outputs = run.layers.at(-1)?.units;
  return run.task === "classification" && run.classes.length === outputs ? (run.classes[unit] ?? null) : null;
}

/** A unit counted from one, with the class that it stands for: "unit 2, versicolor". */
export function unitWords(run: Run, layer: Pick<RunLayer, "name"> | null, unit: number): string {
  const known = layer && layer.name === run.layers.at(-1)?.name ? className(run, unit) : null;
  return `unit ${unit + 1}${known === null ? "" : `, ${known}`}`;
}

/** Where a weight comes from: an input or a feature by its name, a unit by its number. */
export function originWords(run: Run, layer: Pick<RunLayer, "input">, at: number): string {
  if (layer.input === "x") return inputName(run, at);
  return layer.input === "features.a" ? termName(run, at) : `unit ${at + 1}`;
}

const UPDATE_WORDS: { [key: string]: string } = {
  before: "w",
  grad: "∂L/∂w",
  l1_grad: "L1",
  l2_grad: "L2",
  total_grad: "together",
  clipped_grad: "clipped",
  exp_avg: "m′",
  exp_avg_sq: "v′",
  corrected: "m̂",
  corrected_sq: "v̂",
  scale: "√v̂",
  momentum: "momentum",
  lookahead: "look ahead",
  update: "step",
  next: "new w",
  ratio: "|step / w|",
};

/** What an update makes of a parameter, as a heading: `exp_avg.next` is m′. */
export function updateWord(column: string): string {
  const made = madeOf(column);
  return UPDATE_WORDS[made] ?? made.replaceAll("_", " ");
}
