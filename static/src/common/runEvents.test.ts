import { describe, expect, it } from "vitest";
import { EMPTY_SERIES, type Series } from "../store/history";
import { clippedWords, courseMarks, pixels, rateShares, rateWords, stopWords } from "./runEvents";

const series = (more: Partial<Series>): Series => ({ ...EMPTY_SERIES, ...more });

describe("what is told beside the loss", () => {
  it("ends with the furthest iteration seen", () => {
    const marks = courseMarks(
      series({ clipped: [0, 3, 9], rate: [1, 1, 1, 1, 0.5], stop: { iteration: 8, best: 2 } }),
      3,
    );
    expect(marks).toEqual({ clipped: [0, 3], rate: null, stop: null });
  });

  it("has the rate where it changes, and the end once it is reached", () => {
    const marks = courseMarks(series({ rate: [1, 0.5], stop: { iteration: 1, best: 0 } }), 1);
    expect(marks).toEqual({ clipped: [], rate: [1, 0.5], stop: { iteration: 1, best: 0 } });
  });

  it("has no end where training did not stop", () => {
    expect(courseMarks(series({ stop: { iteration: null, best: 4 } }), 9).stop).toBeNull();
  });

  it("is no change of the rate that some of it is not known yet", () => {
    expect(courseMarks(series({ rate: [Number.NaN, 0.1, 0.1] }), 2).rate).toBeNull();
  });
});

describe("the line of the learning rate", () => {
  it("goes from zero to its largest", () => {
    expect([rateShares([0.5, 2, Number.NaN]), rateShares([0, 0])]).toEqual([
      [0.25, 1, null],
      [0, 0],
    ]);
  });
});

describe("marks and words", () => {
  it("of many iterations are one a pixel", () => {
    expect(pixels([0, 1, 2, 500, 501, 1000], 1000, 100)).toEqual([0, 50, 100]);
  });

  it("say how often clipping acted, where training stops, and the rate", () => {
    expect([
      clippedWords([1, 2], 9),
      stopWords({ iteration: 40, best: 30 }),
      stopWords({ iteration: 40, best: null }),
      rateWords(0.0123456),
      rateWords(undefined),
    ]).toEqual(["clipped 2 of 10", "stops at 40, best 30", "stops at 40", "0.0123", "\u2013"]);
  });
});
