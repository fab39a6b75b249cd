import { describe, expect, it } from "vitest";
import { columnAt, rowsOf, shadesOf, shareOf } from "./heat";

const layer = (name: string, gradient_norm: number[] | null, dead: number[] | null = null) => ({
  name,
  gradient_norm,
  update_ratio: null,
  dead,
  saturated: null,
});
const course = {
  iterations: [0, 4, 8],
  layers: [layer("dense1", [0.002, 0, 30]), layer("dropout1", null, [0, 1, 0])],
};

describe("the heat map of layers and iterations", () => {
  it("has a row for each layer that has the figure", () => {
    const named = (figure: "gradient_norm" | "dead" | "saturated") =>
      rowsOf(course as never, figure).map(({ name }) => name);
    expect([named("gradient_norm"), named("dead"), named("saturated")]).toEqual([
      ["dense1"],
      ["dropout1"],
      [],
    ]);
  });

  it("shades norms in whole powers of ten around what there is, and shares from 0 to 1", () => {
    const shades = shadesOf(rowsOf(course as never, "gradient_norm"), "gradient_norm");
    expect([shades.low, shades.high, shades.log]).toEqual([0.001, 100, true]);
    expect(shadesOf([], "dead")).toEqual({ low: 0, high: 1, log: false });
    expect([0.001, 100, 0, Number.NaN, Infinity].map((x) => shareOf(x, shades))).toEqual([
      0.06,
      1,
      0,
      null,
      null,
    ]);
  });

  it("finds the column that an iteration lies in", () => {
    expect([0, 3, 4, 7, 8, 90].map((t) => columnAt(course.iterations, t))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});
