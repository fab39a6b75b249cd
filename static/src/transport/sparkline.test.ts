import { describe, expect, it } from "vitest";
import { INKS, RecordingContext } from "../testing/recordingContext";
import { columns, drawHistory, lossRange } from "./sparkline";

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

describe("the timeline", () => {
  const drawn = (loss: number[], reach: number, ghosts: number[][] = [], clipped: number[] = []) =>
    RecordingContext.of((context) => drawHistory(context, loss, reach, ghosts, clipped, plot(100, 4), INKS));

  it("has the loss as a line of ink, high where it is large, as far as the run has got", () => {
    expect(drawn([1, 0.5, 0, 0.7], 2)).toEqual([
      "clear: box 0,0 100x20",
      "line ink 1: to 0,1 to 25,10 to 50,19",
    ]);
  });

  it("has the runs that were left as dashed grey lines behind it, and ticks of the update where clipping acted", () => {
    expect(drawn([0, 0], 1, [[1, 1]], [2]).slice(1)).toEqual([
      "line mute 1 dash 3 3: to 0,1 to 25,1",
      "fill update: box 49.5,16 1x4",
      "line ink 1: to 0,19 to 25,19",
    ]);
  });
});
