import { expect, it } from "vitest";
import type { Landscape } from "../../api/types";
import { levelsOf, shadeOf, shadeScale } from "./shade";

const of = (ground: number[], walked: number[]) =>
  ({
    losses: { shape: [1, ground.length], data: Float64Array.from(ground) },
    paths: [{ points: walked.map((loss) => ({ loss })) }],
  }) as unknown as Landscape;

it.each([
  [of([0.1, 9, Number.NaN], [2, 0.2]), { low: 0.1, high: 2.3, log: true }],
  [of([Number.POSITIVE_INFINITY], [1, 1]), { low: 1, high: 1.15, log: true }],
  [of([-1, 4], [1, 3]), { low: -1, high: 3.6, log: false }],
  [of([0, 0], [0]), { low: 0, high: 1, log: false }],
  [of([], [Number.NaN]), { low: 0, high: 1, log: false }],
])("one scale of shades holds the ground's least loss and all of the paths: %#", (found, scale) => {
  const made = shadeScale(found);
  expect({ ...made, high: Number(made.high.toPrecision(6)) }).toEqual(scale);
});

it("is darkest at the least loss and palest from the cap on, and for what is no number", () => {
  const scale = { low: 0.01, high: 1, log: true };
  const shades = [0.01, 0.1, 1, 50, Number.POSITIVE_INFINITY, Number.NaN].map((loss) => shadeOf(loss, scale));
  expect(shades).toEqual([1, 0.5, 0, 0, 0, 0]);
});

it.each([
  [[0.3, 1.6], { low: 0.3, high: 1.6, log: true }, [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5]],
  [
    [0.0003, 2],
    { low: 0.0003, high: 2, log: true },
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
  ],
  [[-1, 1], { low: -1, high: 1, log: false }, [-0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8]],
  [[2, 2], { low: 1, high: 3, log: true }, []],
  [[Number.NaN], { low: 1, high: 3, log: true }, []],
])("draws lines at round losses, not too many: %j", (values, scale, levels) => {
  expect(levelsOf(values, scale)).toEqual(levels);
});
