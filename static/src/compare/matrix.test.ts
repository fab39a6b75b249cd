import { expect, it } from "vitest";
import { cellSize, matrixOf } from "./matrix";

it.each([
  [[], { rows: 1, columns: 1 }],
  [[5], { rows: 1, columns: 5 }],
  [[4, 2], { rows: 4, columns: 2 }],
  [[16, 8, 3, 3], { rows: 16, columns: 72 }],
])("lays a value of the shape %j out as %j", (shape, matrix) => {
  expect(matrixOf(shape)).toEqual(matrix);
});

it("gives cells whole pixels where they have one", () => {
  const matrix = { rows: 4, columns: 2 };
  expect([cellSize(matrix, 100, 50, 20), cellSize({ rows: 1, columns: 400 }, 100, 50, 20)]).toEqual([
    12, 0.25,
  ]);
});
