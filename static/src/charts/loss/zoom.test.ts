import { describe, expect, it } from "vitest";
import { panned, seenIn, spanned, zoomed } from "./zoom";

describe("the span of the loss chart", () => {
  it("zooms around an iteration, which stays in its place, and is everything at the end", () => {
    expect(zoomed([0, 100], 25, 0.5, 100)).toEqual([13, 63]);
    expect(zoomed([13, 63], 25, 2, 100)).toBeNull();
    expect(zoomed([40, 60], 40, 1.5, 100)).toEqual([40, 70]);
    expect(zoomed([50, 54], 52, 0.1, 100)).toEqual([50, 54]);
  });

  it("moves no further than there are iterations", () => {
    expect([panned([20, 40], 0.5, 100), panned([20, 40], -2, 100), panned([70, 90], 2, 100)]).toEqual([
      [30, 50],
      [0, 20],
      [80, 100],
    ]);
  });

  it("is what was drawn over, in either direction, unless that is nearly nothing", () => {
    expect([spanned(60, 20, 100), spanned(20, 22, 100)]).toEqual([[20, 60], null]);
  });

  it("takes the scale from what is in it", () => {
    const at = (iteration: number) => ({ iteration, value: iteration });
    const seen = seenIn({ loss: [9, 1, 2, 8], train: [at(0), at(2)], test: [at(3)] }, [1, 2]);
    expect(seen).toEqual({ loss: [Number.NaN, 1, 2, Number.NaN], train: [at(2)], test: [] });
  });
});
