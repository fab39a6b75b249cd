import { count, format } from "../../common/format";
import type { Pair, Side, There } from "./sides";

/** What is said of a comparison: only what was computed of it, and where. */
export interface Told {
  letters: string;
  sides: readonly Side[];
  /** What the runs are at an iteration; empty before it is known. */
  there: readonly There[];
  shown: number;
  to: number;
  /** Whether the losses are of one kind. */
  comparable: boolean;
  partings: readonly {
    between: Pair;
    first: { iteration: number; step: number | null; value: string } | null;
  }[];
}

/** From here on a way back that is so many times longer or shorter is worth a sentence. */
const TELLING = 10;
const THOUSAND = 1000;
const MOST_DIGITS = 1e12;

/** How the gradient of the first layer with parameters is to that of the last: what arrives of it; null without one. */
export function arriving({ run }: Pick<Side, "run">, there: Pick<There, "summary"> | null): number | null {
  const norms = run.layers
    .filter(({ parameters }) => parameters.length)
    .map(({ name }) => there?.summary.layers[name]?.gradient_norm ?? 0);
  const [first, last] = [norms[0] ?? 0, norms.at(-1) ?? 0];
  return norms.length > 1 && first > 0 && last > 0 ? first / last : null;
}

/** Where the runs part, which loss is the lowest at the cursor, and what becomes of the gradient where that differs much. */
export function saysOf(told: Told): string {
  return [partingWords(told), lossWords(told), gradientWords(told)].filter(Boolean).join(" ");
}

/** How many times, in words that are read at a glance. */
export const times = (x: number): string =>
  x >= THOUSAND && x < MOST_DIGITS ? count(Number(x.toPrecision(2))) : format(x, 2);

const called = ({ letters, sides }: Told, i: number) => `${letters[i]} (${sides[i]!.name})`;

function partingWords(told: Told): string {
  const found = told.partings.map(({ between: [a, b], first }) => ({
    pair: `${called(told, a)} and ${called(told, b)}`,
    first,
    at: first?.iteration ?? Number.POSITIVE_INFINITY,
  }));
  const last = found.toSorted((a, b) => b.at - a.at)[0];
  if (!last) return "";
  const longest = found.length > 1 ? ", longer than any other two" : "";
  if (!last.first) return `${last.pair} are the same in every bit up to iteration ${told.to}.`;
  const { iteration, step, value } = last.first;
  if (iteration > 0)
    return `${last.pair} are the same up to iteration ${iteration}${longest}: there ${value} differs first.`;
  const where = step === null ? `at the start, in ${value}` : `in iteration 0, at step ${step + 1}: ${value}`;
  return found.length > 1
    ? "No two of these runs have a past in common."
    : `${last.pair} differ first ${where}.`;
}

function lossWords(told: Told): string {
  const losses = told.there.map(({ evaluation }, i) => ({ i, loss: evaluation.train.loss }));
  if (losses.length < 2) return "";
  if (!told.comparable) return "Their losses are of different kinds: none is lower than another.";
  const at = `At iteration ${told.shown}`;
  const finite = losses.filter(({ loss }) => Number.isFinite(loss)).toSorted((a, b) => a.loss - b.loss);
  const lost = losses.filter(({ loss }) => !Number.isFinite(loss));
  const gone = lost.map(({ i, loss }) => ` That of ${called(told, i)} is ${format(loss)}.`).join("");
  const [least, ...others] = finite;
  if (!least) return `${at} no loss is a number any more.`;
  if (!others.length)
    return `${at} only ${called(told, least.i)} has a loss that is a number: ${format(least.loss, 3)}.`;
  if (others.every(({ loss }) => loss === least.loss))
    return `${at} their training losses are equal: ${format(least.loss, 3)}.${gone}`;
  const which = finite.length > 2 ? "lowest" : "lower";
  const rest = others.map(({ i, loss }) => `${format(loss, 3)} of ${called(told, i)}`).join(" and ");
  return `${at} ${called(told, least.i)} has the ${which} training loss, ${format(least.loss, 3)} against ${rest}.${gone}`;
}

function gradientWords(told: Told): string {
  const ways = told.sides.map((side, i) => ({ i, way: arriving(side, told.there[i] ?? null) }));
  const known = ways.flatMap(({ i, way }) => (way === null ? [] : [{ i, way }]));
  const sorted = known.toSorted((a, b) => a.way - b.way);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (!least || !most || most.way / least.way < TELLING) return "";
  const words = ({ i, way }: { i: number; way: number }) =>
    `${way < 1 ? "shrinks" : "grows"} ${times(way < 1 ? 1 / way : way)} times in ${called(told, i)}`;
  return `On its way back from the last layer to the first the gradient ${words(least)}, and ${words(most)}.`;
}
