import { describe, expect, it } from "vitest";
import { including, marks, share, turn, USUAL_NORMS } from "./gradientBars";

describe("the common axis of the gradient norms", () => {
  it("stays as it is while the numbers fit into it", () => {
    expect(including(USUAL_NORMS, [0.5, 3e-4, 0.02])).toBe(USUAL_NORMS);
  });

  it("widens by whole decades and never narrows", () => {
    const wide = including(USUAL_NORMS, [2e-8, 37]);
    expect([wide, including(wide, [0.1])]).toEqual([
      { low: -8, high: 2 },
      { low: -8, high: 2 },
    ]);
  });

  it("is not moved by zero, infinity or what is no number", () => {
    expect(including(USUAL_NORMS, [0, Number.POSITIVE_INFINITY, Number.NaN])).toBe(USUAL_NORMS);
  });

  it("gives up on telling apart what is beyond all measure", () => {
    expect(including(USUAL_NORMS, [1e-200, 1e200])).toEqual({ low: -30, high: 30 });
  });

  it("places a number by its decade", () => {
    expect([1e-4, 1e-2, 1].map((x) => share(x, { low: -4, high: 0 }))).toEqual([0.01, 0.5, 1]);
  });

  it("has no bar for zero and for what is no number, and a full one for infinity", () => {
    expect([0, Number.NaN, Number.POSITIVE_INFINITY].map((x) => share(x, USUAL_NORMS))).toEqual([0, 0, 1]);
  });

  it("places an angle between none and the opposite way", () => {
    expect([0, 1e-9, 90, 180, Number.NaN].map(turn)).toEqual([0, 0.01, 0.5, 1, 0]);
  });

  it("marks the decades inside, fewer where there are many", () => {
    expect([marks(USUAL_NORMS), marks({ low: -24, high: 0 }).length]).toEqual([[-3, -2, -1, 0], 11]);
  });
});
