import type { Evaluation, History, Nonfinite, Point, RunConfig } from "../api/types";

/** The loss series of a run as far as it is known; missing iterations are NaN. */
export interface Series {
  loss: number[];
  /** All of [0, known) is here; a NaN among these is a loss that diverged. */
  known: number;
  train: Point[];
  test: Point[];
  accuracy: Point[];
  nonfinite: Nonfinite | null;
  /** The learning rate of each iteration. */
  rate: number[];
  /** Iterations in which clipping changed a gradient, ascending. */
  clipped: number[];
  /** Where early stopping ends training, as far as the series goes; null without it. */
  stop: Stop | null;
}
export type Stop = NonNullable<History["early_stopping"]>;

export const EMPTY_SERIES: Series = {
  loss: [],
  known: 0,
  train: [],
  test: [],
  accuracy: [],
  nonfinite: null,
  rate: [],
  clipped: [],
  stop: null,
};

/** The course of another run, drawn pale beside the one on show. */
export interface Ghost extends Series {
  /** Empty until the server has been asked about a course that a link brought. */
  id: string;
  config: RunConfig;
  /** Iteration at which the two part. */
  at: number;
  /** Its losses are to be drawn up to here, without it. */
  to: number;
}

function mergedPoints(known: Point[], more: Point[]): Point[] {
  if (more.length === 0) return known;
  const byIteration = new Map(known.map((point) => [point.iteration, point]));
  for (const point of more) byIteration.set(point.iteration, point);
  return [...byIteration.values()].sort((a, b) => a.iteration - b.iteration);
}

/** A number of each iteration, with more of them from an iteration on. */
function merged(known: number[], from: number, more: readonly number[]): number[] {
  const all = known.slice();
  while (all.length < from) all.push(Number.NaN);
  more.forEach((x, i) => {
    all[from + i] = x;
  });
  return all;
}

const mergedIterations = (known: number[], more: number[]): number[] =>
  more.length === 0 ? known : [...new Set([...known, ...more])].sort((a, b) => a - b);

export const withSlice = (series: Series, slice: History): Series => ({
  loss: merged(series.loss, slice.from, slice.loss),
  known: slice.from <= series.known ? Math.max(series.known, slice.to) : series.known,
  train: mergedPoints(series.train, slice.train_loss),
  test: mergedPoints(series.test, slice.test_loss),
  accuracy: mergedPoints(series.accuracy, slice.accuracy),
  nonfinite: series.nonfinite ?? slice.first_nonfinite,
  rate: merged(series.rate, slice.from, slice.learning_rate),
  clipped: mergedIterations(series.clipped, slice.clipped),
  stop: slice.to >= series.known ? slice.early_stopping : series.stop,
});

/** The losses over the whole sets at one more iteration: at rest they are asked for wherever the cursor stands. */
export const withScores = (series: Series, iteration: number, scores: Evaluation): Series => ({
  ...series,
  train: mergedPoints(series.train, [{ iteration, value: scores.train.loss }]),
  test: mergedPoints(series.test, scores.test ? [{ iteration, value: scores.test.loss }] : []),
});

/**
 * A branch has the past of its parent, number for number. The scores where it begins are its own, for a weight may have
 * been set there; where it stops it says itself.
 */
export const pastOf = (series: Series, at: number): Series => ({
  loss: series.loss.slice(0, at),
  known: Math.min(series.known, at),
  train: series.train.filter((point) => point.iteration < at),
  test: series.test.filter((point) => point.iteration < at),
  accuracy: series.accuracy.filter((point) => point.iteration < at),
  rate: series.rate.slice(0, at),
  clipped: series.clipped.filter((t) => t < at),
  stop: null,
  nonfinite: series.nonfinite && (series.nonfinite.iteration ?? 0) < at ? series.nonfinite : null,
});
