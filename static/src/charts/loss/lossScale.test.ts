import { describe, expect, it } from "vitest";
import {
  aligned,
  decadeMarks,
  ghostTrack,
  latest,
  lossRange,
  lossTrack,
  pointTrack,
  roundUp,
  scoresAt,
  withoutLogarithm,
} from "./lossScale";

const point = (iteration: number, value: number) => ({ iteration, value });

describe("the lines of the loss chart", () => {
  it("show every batch loss of a short run, up to where the run has got", () => {
    expect(lossTrack([3, 2, 1, 0.5], 2, false)).toEqual([
      [0, 1, 2],
      [3, 2, 1],
    ]);
  });

  it("end where the loss is no number, and leave out what has no logarithm", () => {
    const loss = [100, Number.POSITIVE_INFINITY, Number.NaN, 0];
    expect([lossTrack(loss, 3, false)[1], lossTrack(loss, 3, true)[1]]).toEqual([
      [100, null, null, 0],
      [2, null, null, null],
    ]);
  });

  it("count what has no logarithm among the numbers on show", () => {
    const run = { loss: [1, -2, 0, Number.NaN, -3], train: [point(2, -1)], test: [point(4, -1)] };
    expect(withoutLogarithm(run, 3)).toBe(3);
  });

  it("keep the greatest and the least of a long run", () => {
    const loss = Array.from({ length: 50_000 }, (_, t) => 1 + Math.sin(t) / 10);
    loss[31_337] = 9;
    loss[41_337] = -9;
    const [x, y] = lossTrack(loss, 49_999, false);
    const at = (t: number) => y[x.indexOf(t)];
    expect([at(31_337), at(41_337), x.length < 1000, x.every((t, i) => i === 0 || t > x[i - 1]!)]).toEqual([
      9,
      -9,
      true,
      true,
    ]);
  });

  it("keep the places they have when a long run grows by one", () => {
    const loss = Array.from({ length: 5000 }, (_, t) => Math.cos(t * t));
    const [before] = lossTrack(loss, 4000, false);
    const [after] = lossTrack(loss, 4001, false);
    expect(after.slice(0, before.length - 2)).toEqual(before.slice(0, -2));
  });

  it("show whole-set losses only as far as the run has got", () => {
    expect(pointTrack([point(0, 5), point(10, 4), point(20, 3)], 12, false)).toEqual([
      [0, 10],
      [5, 4],
    ]);
  });

  it("of a run left for a branch begin where it was left", () => {
    expect(ghostTrack([9, 8, 7, 6], 2, false)).toEqual([
      [2, 3],
      [7, 6],
    ]);
  });

  it("share one axis, on which undefined is passed over and null is a gap", () => {
    const tracks = aligned([
      [
        [0, 1, 2],
        [7, null, 5],
      ],
      [
        [0, 3],
        [8, 4],
      ],
    ]);
    expect(tracks).toEqual([
      [0, 1, 2, 3],
      [7, null, 5, undefined],
      [8, undefined, undefined, 4],
    ]);
  });
});

describe("the range of the loss chart", () => {
  const run = (loss: number[], train = [point(0, 0.9)]) => ({ loss, train, test: [] });

  it("goes from zero to a round number", () => {
    expect(lossRange([run([0.3, 1.3])], 10, false)).toEqual([0, 1.5]);
  });

  it("is not flattened by one first spike of a long run", () => {
    const loss = [500, ...new Array<number>(400).fill(0.7)];
    expect(lossRange([run(loss)], 1000, false)).toEqual([0, 1]);
  });

  it("covers whole decades on a logarithmic scale", () => {
    expect(lossRange([run([0.02, 3e5, Number.POSITIVE_INFINITY])], 10, true)).toEqual([-2, 6]);
  });

  it("covers the runs that were left for a branch", () => {
    expect(lossRange([run([1]), run([5.5])], 10, false)).toEqual([0, 6]);
  });

  it("is there before anything is known", () => {
    expect([lossRange([], 10, false), lossRange([], 10, true)]).toEqual([
      [0, 1],
      [-1, 0],
    ]);
  });

  it("rounds up to few steps, so that it seldom changes", () => {
    expect([0, 0.011, 0.1, 1.01, 7, 99].map(roundUp)).toEqual([0, 0.015, 0.1, 1.5, 8, 100]);
  });
});

describe("reading the loss chart", () => {
  it("finds the last value known at an iteration", () => {
    const points = [point(0, 3), point(14, 2), point(28, 1)];
    expect([13, 14, 500].map((t) => latest(points, t)?.value)).toEqual([3, 2, 1]);
  });

  it("finds nothing before the first value", () => {
    expect(latest([point(5, 1)], 4)).toBe(null);
  });

  it("takes the losses over the whole sets from the last iteration that has them", () => {
    const series = { train: [point(0, 3), point(14, 2)], test: [point(0, 4), point(14, 3)] };
    expect([14, 20].map((t) => scoresAt(series, t))).toEqual([
      { iteration: 14, train: 2, test: 3 },
      { iteration: 14, train: 2, test: 3 },
    ]);
  });

  it("says that there is no test set, or nothing yet", () => {
    expect(scoresAt({ train: [point(0, 3)], test: [] }, 2)).toEqual({ iteration: 0, train: 3, test: null });
    expect(scoresAt({ train: [], test: [] }, 2)).toBe(null);
  });

  it("marks few whole decades", () => {
    expect([decadeMarks(-2, 1, 4), decadeMarks(-3, 243, 4)]).toEqual([
      [-2, -1, 0, 1],
      [0, 62, 124, 186],
    ]);
  });
});
