import { describe, expect, it } from "vitest";
import { diverging } from "../../common/colour";
import { dotWidth, edgeWidth, logSize, pulseRadius, scaleOf, shade, shadeIndex } from "./scales";

describe("the picture's scales", () => {
  it("draw an edge twice as wide above its hairline for twice the weight, of either sign", () => {
    expect(edgeWidth(2) - edgeWidth(0)).toBeCloseTo(2 * (edgeWidth(1) - edgeWidth(0)));
    expect(edgeWidth(-1.5)).toBe(edgeWidth(1.5));
  });

  it("keep a huge weight and one that is no number within the picture", () => {
    expect([edgeWidth(1e9), edgeWidth(Number.NaN), edgeWidth(-Infinity)]).toEqual([9, 1.5, 1.5]);
  });

  it("are logarithmic for gradients: each power of ten is the same step", () => {
    const steps = [1e-5, 1e-4, 1e-3, 1e-2].map((x) => logSize(10 * x) - logSize(x));
    for (const step of steps) expect(step).toBeCloseTo(1 / 6);
  });

  it("draw nothing for no gradient, and something for the smallest", () => {
    expect([dotWidth(0), pulseRadius(0)]).toEqual([0, 0]);
    expect(Math.min(dotWidth(1e-30), pulseRadius(-1e-30))).toBeGreaterThan(0);
    expect([logSize(Number.NaN), logSize(Infinity)]).toEqual([1, 1]);
  });

  it("shade a bounded activation linearly and an unbounded one so that it never runs out", () => {
    const tanh = scaleOf({ minimum: -1, maximum: 1 }, false);
    const relu = scaleOf({ minimum: 0, maximum: Infinity }, false);
    expect([shade(-0.5, tanh), shade(1, relu), shade(-3, relu)]).toEqual([-0.5, 0.5, -0.75]);
  });

  it("shade by sign, except where one output parts two classes: there by the side of the middle", () => {
    const range = { minimum: 0, maximum: 1 };
    expect([shade(0.5, scaleOf(range, false)), shade(0.5, scaleOf(range, true))]).toEqual([0.5, 0]);
  });

  it("pick the ends of the table for the ends of the range, and stay inside it", () => {
    expect([-1, 0, 1, 7].map(shadeIndex)).toEqual([0, 128, 255, 255]);
    expect(diverging(1, false)).not.toEqual(diverging(-1, false));
  });
});
