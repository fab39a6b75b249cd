import { expect, it } from "vitest";
import { contoursOf, type Grid } from "./contours";

const grid = (columns: number, values: number[]): Grid => ({
  columns,
  rows: values.length / columns,
  values,
});
const cone = (side: number): Grid => {
  const middle = (side - 1) / 2;
  const values = Array.from({ length: side * side }, (_, k) =>
    Math.hypot((k % side) - middle, Math.floor(k / side) - middle),
  );
  return { columns: side, rows: side, values };
};

it("a line goes between the points of the grid where the value lies", () => {
  expect(contoursOf(grid(3, [0, 1, 2, 0, 1, 2]), 0.25)).toEqual([
    [
      [0.25, 0],
      [0.25, 1],
    ],
  ]);
});

it("around a valley the line is closed, and as far from its middle as the value says", () => {
  const [line, ...others] = contoursOf(cone(21), 5);
  const radii = line!.map(([x, y]) => Math.hypot(x - 10, y - 10));
  expect(others).toEqual([]);
  expect(line![0]).toEqual(line!.at(-1));
  expect(Math.min(...radii)).toBeGreaterThan(4.9);
  expect(Math.max(...radii)).toBeLessThan(5.1);
});

it("at an edge the line ends and nothing is drawn along it", () => {
  const lines = contoursOf(cone(9), 5);
  expect(lines).toHaveLength(4);
  for (const line of lines)
    for (const end of [line[0]!, line.at(-1)!])
      expect(end.some((place) => place === 0 || place === 8)).toBe(true);
});

it.each([
  [[0, 9, 9, 0], 2],
  [[0, 3, 3, 0], 1],
])("a saddle is parted by the value in its middle: %j", (values, level) => {
  const lines = contoursOf(grid(2, values), level);
  const corner = lines.map((line) => line.map(([x, y]) => x + y).reduce((a, b) => a + b, 0) / 2);
  // Its middle is above the level, so both lines cut off a low corner: (0, 0) and (1, 1).
  expect(corner.toSorted().map((x) => Math.round(x))).toEqual([0, 2]);
});

it("there is no line at what is no number", () => {
  expect(contoursOf(grid(2, [0, Number.NaN, 1, 2]), 0.5)).toEqual([]);
  expect(contoursOf(grid(2, [0, Number.POSITIVE_INFINITY, 1, 2]), 0.5)).toEqual([]);
});
