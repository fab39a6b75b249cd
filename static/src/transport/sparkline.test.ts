import { describe, expect, it } from "vitest";
import { columns, lossRange } from "./sparkline";

const plot = (width: number, end: number) => ({ width, height: 20, end, low: 0, high: 1 });

describe("the timeline's range", () => {
  it("holds all finite losses and starts at zero", () => {
    expect(lossRange([[3, 1, Number.NaN, Number.POSITIVE_INFINITY], [4]])).toEqual({ low: 0, high: 4 });
  });

  it("cuts off a first spike", () => {
    const calm = Array.from({ length: 999 }, () => 1);
    expect(lossRange([[1000, ...calm]])).toEqual({ low: 0, high: 1 });
  });

  it.each([[[]], [[Number.NaN]], [[0, 0]]])("is never empty: %j", (loss) => {
    expect(lossRange([loss])).toEqual({ low: 0, high: 1 });
  });
});

describe("the timeline's columns", () => {
  it("are the points themselves where there is room", () => {
    expect(columns([5, 3, 4], 2, plot(100, 4))).toEqual([
      [0, 5, 5],
      [25, 3, 3],
      [50, 4, 4],
    ]);
  });

  it("keep least and greatest of each pixel where there is not", () => {
    const loss = [1, 9, 2, 2, 7, 0, 3, 3];
    expect(columns(loss, 7, plot(2, 8))).toEqual([
      [0, 1, 9],
      [1, 0, 7],
    ]);
  });

  it("stop where they are told to and leave out what is not known", () => {
    expect(columns([5, Number.NaN, 4, 3], 2, plot(100, 4)).map(([x]) => x)).toEqual([0, 50]);
  });
});
