import type {
  Boundary,
  Evaluation,
  IterationSummary,
  Run,
  RunConfig,
  Samples,
  Values,
} from "../../api/types";
import type { At } from "../../common/curve";

/** One of the runs, and its course. */
export interface Side {
  name: string;
  run: Run;
  train: At[];
  test: At[];
  lost: number | null;
  samples: Samples | null;
}

/** What is told of a run at an iteration. */
export interface There {
  summary: IterationSummary;
  evaluation: Evaluation;
  boundary: Boundary | null;
  /** Weights, units and what they compute; null where there is too much of it to be drawn. */
  network: Values | null;
}

/** A run in a link, under a name; `rates` are those that its own was the best of, where it was chosen. */
export interface NamedConfig {
  name: string;
  config: RunConfig;
  rates?: number[];
}

/** Positions of two runs. */
export type Pair = readonly [here: number, there: number];

/** Runs side by side, where in them, and how far their courses are drawn: what a link of several runs holds. */
export interface Sides {
  runs: NamedConfig[];
  iteration: number;
  to: number;
  /** The ready comparison that it is, if it is one. */
  ready?: string;
  /** The value of two of them whose difference is looked at. */
  subtracted?: { pair: Pair; value: string };
}

export const MOST = 4;
/** So far courses are drawn at most. */
const FURTHEST = 20_000;
const MOST_RATES = 40;

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

/** A link is foreign: only what has the shape of runs side by side is opened, if there are enough of them. */
export function sidesIn(raw: unknown, least = 2): Sides | null {
  const { runs, iteration, to, ready, subtracted } = (raw ?? {}) as Partial<Sides>;
  if (!Array.isArray(runs)) return null;
  const sides = runs
    .filter((side) => typeof side?.config === "object" && side.config !== null)
    .map(({ name, config, rates }) => ({
      name: String(name ?? "run").slice(0, 200),
      config,
      ...(areRates(rates) ? { rates } : {}),
    }));
  if (sides.length < least) return null;
  const at = isCount(iteration) ? Math.min(iteration, FURTHEST) : 0;
  const end = isCount(to) ? Math.min(to, FURTHEST) : at;
  return {
    runs: sides.slice(0, MOST),
    iteration: at,
    to: end,
    ...(typeof ready === "string" ? { ready } : {}),
    ...(isSubtracted(subtracted) ? { subtracted } : {}),
  };
}

const isSubtracted = (item: Sides["subtracted"]): item is NonNullable<Sides["subtracted"]> =>
  typeof item?.value === "string" &&
  Array.isArray(item.pair) &&
  item.pair.length === 2 &&
  item.pair.every((i) => isCount(i) && i < MOST) &&
  item.pair[0] !== item.pair[1];

const areRates = (item: unknown): item is number[] =>
  Array.isArray(item) && item.length > 0 && item.length <= MOST_RATES && item.every(Number.isFinite);
