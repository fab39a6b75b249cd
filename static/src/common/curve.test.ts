import { describe, expect, it } from "vitest";
import { type At, curvePath, heightOf, pointAt, rangeOf, spread } from "./curve";

const points = (...values: number[]): At[] => values.map((value, iteration) => ({ iteration, value }));
const frame = (width: number, end: number) => ({ width, height: 22, end, low: 0, high: 10, log: false });

describe("the range of a curve", () => {
  it.each([
    ["holds zero", [3, 5], { low: 0, high: 5, log: false }],
    ["holds both signs", [-2, 5, Number.NaN, Number.POSITIVE_INFINITY], { low: -2, high: 5, log: false }],
    ["is in powers of ten where numbers are far apart", [0, 1e-6, 2], { low: 1e-6, high: 2, log: true }],
    ["is never empty", [], { low: 0, high: 1, log: false }],
    ["is never empty for zeros", [0, 0], { low: 0, high: 1, log: false }],
  ])("%s", (_, values, range) => {
    expect(rangeOf(values)).toEqual(range);
  });
});

describe("a curve", () => {
  it("goes from point to point and has a gap where there is no number", () => {
    expect(curvePath(points(0, 10, Number.NaN, 5), frame(30, 3))).toBe("M0.0 21.0L10.0 1.0M30.0 11.0");
  });

  it("keeps a peak that shares its pixel with many others", () => {
    const values = Array.from({ length: 1000 }, (_, t) => (t === 321 ? 10 : 0));
    expect(curvePath(points(...values), frame(10, 999))).toContain(" 1.0");
  });

  it("lies on the edge where a number is outside", () => {
    expect([heightOf(-5, frame(1, 1)), heightOf(Number.POSITIVE_INFINITY, frame(1, 1))]).toEqual([21, 1]);
  });
});

it.each([
  [-1, null],
  [0, 7],
  [2, 9],
  [99, 9],
])("the newest point at iteration %d is %s", (t, value) => {
  const some = [
    { iteration: 0, value: 7 },
    { iteration: 2, value: 9 },
  ];
  expect(pointAt(some, t)?.value ?? null).toBe(value);
});

it("moves heights apart, also at the lower end, and leaves those that have room", () => {
  expect([spread([5, 40, 42, 6], 10, 100), spread([99, 98, 97], 10, 100)]).toEqual([
    [5, 40, 50, 15],
    [100, 90, 80],
  ]);
});
