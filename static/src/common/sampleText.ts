import type { Evaluation, Run, Samples, Value } from "../api/types";
import { format } from "./format";

/** From the model's unit to the one that the data came in: own = model * deviation + mean. */
export interface Scale {
  mean: number;
  deviation: number;
}

const scaleOf = (mean = 0, deviation = 1): Scale | null =>
  mean === 0 && deviation === 1 ? null : { mean, deviation };

/** Of an input; null where the model sees it as it came. */
export const inputScale = (run: Run | null, i: number): Scale | null =>
  scaleOf(run?.own_units?.mean[i], run?.own_units?.deviation[i]);

/** Of the targets. */
export const targetScale = (run: Run | null): Scale | null =>
  scaleOf(run?.own_units?.target_mean, run?.own_units?.target_deviation);

export const inUnit = (x: number, scale: Scale | null): number =>
  scale ? x * scale.deviation + scale.mean : x;
export const fromUnit = (x: number, scale: Scale | null): number =>
  scale ? (x - scale.mean) / scale.deviation : x;

/** A number in its own unit. */
export const ownText = (x: number, scale: Scale | null): string =>
  scale ? format(inUnit(x, scale), 4) : format(x, 3);

/** The same with the model's behind it. */
export const bothTexts = (x: number, scale: Scale | null): string =>
  scale ? `${ownText(x, scale)} (${format(x, 3)} standardized)` : format(x, 3);

/** A line of what is said about a sample; `exact` ones are numbers. */
export interface Line {
  name: string;
  text: string;
  exact: boolean;
}

/** A row of a value whose first axis counts samples; of class indices the one index. */
export function rowOf({ shape, data }: Value, row: number): number[] {
  const width = shape.slice(1).reduce((product, n) => product * n, 1);
  return Array.from(data.subarray(row * width, (row + 1) * width));
}

/** The first row with these targets: as good as any other to say what they stand for. */
export function rowWith({ targets }: Samples, wanted: readonly number[]): number | null {
  const width = wanted.length;
  for (let at = 0; width > 0 && at + width <= targets.data.length; at += width)
    if (wanted.every((x, i) => targets.data[at + i] === x)) return at / width;
  return null;
}

/** The output of a row as an evaluation lists it, training rows first; null where it lists none. */
export function listedOutput({ train, test }: Evaluation, row: number): number[] | null {
  const first = train.outputs?.shape[0] ?? 0;
  const [listed, at] = row < first ? [train.outputs, row] : [test?.outputs, row - first];
  return listed && at < listed.shape[0]! ? rowOf(listed, at) : null;
}

/** The number of a row in the table that it was read from, as its preview counts; null for other data. */
export const tableRow = (samples: Samples | null, row: number): number | null =>
  samples?.table_rows?.[row] ?? null;

export const className = (run: Run, label: number): string => run.classes[label] ?? `class ${label}`;

const numbers = (row: readonly number[], scale: Scale | null, brief: boolean) =>
  row.map((x) => (brief ? ownText : bothTexts)(x, scale)).join(", ");

/**
 * What a row should come out as: its class, its numbers, or both where one number stands for the class. Sequences have a
 * class at each position. Numbers that were scaled are told in their own unit, and unless it is to be brief in the
 * model's too.
 */
export function targetText(
  run: Run,
  samples: Samples,
  row: number,
  { position = 0, brief = false } = {},
): string {
  const label = samples.labels?.[row * (run.positions ?? 1) + position];
  if (label === undefined) return numbers(rowOf(samples.targets, row), targetScale(run), brief);
  const coded = rowOf(samples.targets, row);
  const single = coded.length === 1 && samples.targets.shape.length === 2;
  return single ? `${className(run, label)} (${numbers(coded, null, brief)})` : className(run, label);
}

/** An output; of a regression on scaled targets in their own unit as well. */
export const outputText = (run: Run, output: readonly number[], brief = false): string =>
  numbers(output, run.loss?.logarithms ? null : targetScale(run), brief);

/** What outputs say that the targets are, as R² compares them: of logarithms the numbers that they are of. */
export const estimates = (run: Run, outputs: ArrayLike<number>): Float64Array =>
  Float64Array.from(outputs, (x) => (run.loss?.logarithms ? Math.exp(x) : x));

/** Inputs by name; only so many as fit. */
export function inputLines(run: Run, samples: Samples, row: number, most = 2): Line[] {
  return rowOf(samples.inputs, row)
    .slice(0, most)
    .map((x, i) => ({
      name: run.features[i] ?? `x${i + 1}`,
      text: bothTexts(x, inputScale(run, i)),
      exact: true,
    }));
}

/** The largest of some outputs. */
export const largest = (output: readonly number[]): number =>
  output.reduce((best, x, i) => (x > output[best]! ? i : best), 0);

/** The side of a square picture that so many inputs make up; 0 where they are no picture. */
export function imageSide(features: readonly string[]): number {
  const side = Math.round(Math.sqrt(features.length));
  const square = side >= 4 && side * side === features.length;
  return square && features.every((name) => /^(row \d+ column \d+|pixel.*)$/i.test(name)) ? side : 0;
}

/** How much ink each input puts on a picture, 0 to 1: the least none, the greatest all. */
export function inkLevels(inputs: readonly number[]): number[] {
  const [low, high] = [Math.min(...inputs), Math.max(...inputs)];
  return inputs.map((x) => (high > low ? (x - low) / (high - low) : 0));
}
