import { expect, it } from "vitest";
import { cellSize, indexAt, largestOf, matrixOf } from "./matrix";

it.each([
  [[], { rows: 1, columns: 1 }],
  [[5], { rows: 1, columns: 5 }],
  [[4, 2], { rows: 4, columns: 2 }],
  [[16, 8, 3, 3], { rows: 16, columns: 72 }],
])("lays a value of the shape %j out as %j", (shape, matrix) => {
  expect(matrixOf(shape)).toEqual(matrix);
});

it("finds the index of a cell", () => {
  expect([indexAt([4, 2], 5), indexAt([2, 2, 3], 11), indexAt([], 0)]).toEqual([[2, 1], [1, 1, 2], []]);
});

it("takes the largest size of what is finite as the end of a scale", () => {
  expect(largestOf([1, -3], [Number.NaN, Number.POSITIVE_INFINITY, 2])).toBe(3);
});

it("gives cells whole pixels where they have one", () => {
  const matrix = { rows: 4, columns: 2 };
  expect([cellSize(matrix, 100, 50, 20), cellSize({ rows: 1, columns: 400 }, 100, 50, 20)]).toEqual([
    12, 0.25,
  ]);
});
