import { describe, expect, it } from "vitest";
import type { Evaluation, History } from "../api/types";
import { EMPTY_SERIES, pastOf, withScores, withSlice } from "./history";

const slice = (from: number, loss: number[], more: Partial<History> = {}): History => ({
  from,
  to: from + loss.length,
  loss,
  train_loss: [],
  test_loss: [],
  accuracy: [],
  learning_rate: [],
  clipped: [],
  first_nonfinite: null,
  early_stopping: null,
  ...more,
});

describe("the loss series", () => {
  it("marks what is not known yet as NaN and fills it in later", () => {
    const gap = withSlice(withSlice(EMPTY_SERIES, slice(0, [9, 8])), slice(4, [5]));
    const full = withSlice(gap, slice(2, [7, 6]));
    expect([gap.loss, gap.known, full.loss, full.known]).toEqual([
      [9, 8, Number.NaN, Number.NaN, 5],
      2,
      [9, 8, 7, 6, 5],
      4,
    ]);
  });

  it("takes the scores of any other iteration in among those of the epochs", () => {
    const epochs = withSlice(
      EMPTY_SERIES,
      slice(0, [], {
        train_loss: [
          { iteration: 0, value: 3 },
          { iteration: 14, value: 1 },
        ],
      }),
    );
    const scores = { train: { loss: 2 }, test: { loss: 4 } } as Evaluation;
    const { train, test } = withScores(epochs, 5, scores);
    expect([train.map(({ iteration }) => iteration), test]).toEqual([
      [0, 5, 14],
      [{ iteration: 5, value: 4 }],
    ]);
  });

  it("keeps one evaluated point for each iteration, in order", () => {
    const late = withSlice(EMPTY_SERIES, slice(0, [], { test_loss: [{ iteration: 14, value: 2 }] }));
    const both = withSlice(
      late,
      slice(0, [], {
        test_loss: [
          { iteration: 0, value: 3 },
          { iteration: 14, value: 2 },
        ],
      }),
    );
    expect(both.test).toEqual([
      { iteration: 0, value: 3 },
      { iteration: 14, value: 2 },
    ]);
  });

  it("leaves the original series alone", () => {
    const series = withSlice(EMPTY_SERIES, slice(0, [1]));
    withSlice(series, slice(1, [2]));
    expect(series.loss).toEqual([1]);
  });

  it("gives a branch the past of its parent only", () => {
    const nonfinite = {
      iteration: 3,
      step: 1,
      value: "loss",
      phase: "loss",
      layer: "loss",
      kind: "nan",
      explanation: "",
    } as const;
    const series = { ...withSlice(EMPTY_SERIES, slice(0, [4, 3, 2, Number.NaN])), nonfinite };
    expect(pastOf(series, 2)).toEqual({
      loss: [4, 3],
      known: 2,
      train: [],
      test: [],
      accuracy: [],
      nonfinite: null,
      rate: [],
      clipped: [],
      stop: null,
    });
  });

  it("takes rates, clipped iterations and the end of training from every slice", () => {
    const first = slice(0, [3, 2], {
      learning_rate: [0.2, 0.1],
      clipped: [1],
      early_stopping: { iteration: null, best: 1 },
    });
    const next = slice(2, [1], {
      learning_rate: [0.05],
      clipped: [2],
      early_stopping: { iteration: 2, best: 1 },
    });
    const { rate, clipped, stop } = [next, first].reduce(withSlice, withSlice(EMPTY_SERIES, first));
    expect([rate, clipped, stop]).toEqual([[0.2, 0.1, 0.05], [1, 2], { iteration: 2, best: 1 }]);
  });

  it("gives a branch the rates and clipped iterations of its past, not the end of its parent", () => {
    const parent = { ...EMPTY_SERIES, rate: [1, 2, 3], clipped: [0, 2], stop: { iteration: 2, best: 0 } };
    const { rate, clipped, stop } = pastOf(parent, 2);
    expect([rate, clipped, stop]).toEqual([[1, 2], [0], null]);
  });
});
