import type { Evaluation, History, Nonfinite, Point } from "../api/types";

/** The loss series of a run as far as it is known; missing iterations are NaN. */
export interface Series {
  loss: number[];
  /** All of [0, known) is here; a NaN among these is a loss that diverged. */
  known: number;
  train: Point[];
  test: Point[];
  accuracy: Point[];
  nonfinite: Nonfinite | null;
}

export const EMPTY_SERIES: Series = {
  loss: [],
  known: 0,
  train: [],
  test: [],
  accuracy: [],
  nonfinite: null,
};

/** The series of a run that was left for a branch, drawn pale beside the branch. */
export interface Ghost extends Series {
  id: string;
  /** Iteration at which the branch left it. */
  at: number;
}

function mergedPoints(known: Point[], more: Point[]): Point[] {
  if (more.length === 0) return known;
  const byIteration = new Map(known.map((point) => [point.iteration, point]));
  for (const point of more) byIteration.set(point.iteration, point);
  return [...byIteration.values()].sort((a, b) => a.iteration - b.iteration);
}

function mergedLoss(known: number[], slice: History): number[] {
  const loss = known.slice();
  while (loss.length < slice.from) loss.push(Number.NaN);
  slice.loss.forEach((x, i) => {
    loss[slice.from + i] = x;
  });
  return loss;
}

export const withSlice = (series: Series, slice: History): Series => ({
  loss: mergedLoss(series.loss, slice),
  known: slice.from <= series.known ? Math.max(series.known, slice.to) : series.known,
  train: mergedPoints(series.train, slice.train_loss),
  test: mergedPoints(series.test, slice.test_loss),
  accuracy: mergedPoints(series.accuracy, slice.accuracy),
  nonfinite: series.nonfinite ?? slice.first_nonfinite,
});

/** The losses over the whole sets at one more iteration: at rest they are asked for wherever the cursor stands. */
export const withScores = (series: Series, iteration: number, scores: Evaluation): Series => ({
  ...series,
  train: mergedPoints(series.train, [{ iteration, value: scores.train.loss }]),
  test: mergedPoints(series.test, scores.test ? [{ iteration, value: scores.test.loss }] : []),
});

/** A branch has the past of its parent, number for number. */
export const pastOf = (series: Series, at: number): Series => ({
  loss: series.loss.slice(0, at),
  known: Math.min(series.known, at),
  train: series.train.filter((point) => point.iteration <= at),
  test: series.test.filter((point) => point.iteration <= at),
  accuracy: series.accuracy.filter((point) => point.iteration <= at),
  nonfinite: series.nonfinite && (series.nonfinite.iteration ?? 0) < at ? series.nonfinite : null,
});
