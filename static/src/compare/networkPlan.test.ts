import { expect, it } from "vitest";
import type { Run, Value, Values } from "../api/types";
import { planOf } from "./networkPlan";

const value = (shape: number[], data: number[]): Value => ({ shape, data: Float64Array.from(data) });
const layer = (name: string, before: string) => ({ name, a: `${name}.a`, z: `${name}.z`, inputs: [before] });
const run = { layers: [layer("dense1", "x"), layer("dense2", "dense1.a")] } as unknown as Run;

function values(): Values {
  return new Map([
    ["dense1.a", value([1, 2], [0.5, -1])],
    ["dense1.z.grad", value([1, 2], [1e-7, 0])],
    ["dense1.weight", value([1, 2, 2], [1, 2, 3, 4])],
    ["dense2.a", value([1, 1], [0.25])],
    ["dense2.z.grad", value([1, 1], [1])],
    ["dense2.weight", value([1, 1, 2], [5, -6])],
  ]);
}

it("draws units with their numbers, the gradient that reaches them, and the weights between", () => {
  const { columns, lines } = planOf(run, values(), 300, 100);
  expect(
    columns.map(({ units }) => units.map(({ cells, reached }) => [[...Array.from(cells)], reached])),
  ).toEqual([
    [
      [[0.5], 0],
      [[-1], null],
    ],
    [[[0.25], 1]],
  ]);
  expect(lines.map(({ weight }) => weight)).toEqual([5, -6]);
});

it("counts the units for which there is no room", () => {
  const wide = new Map([["dense1.a", value([1, 40], Array(40).fill(1))]]);
  expect(planOf(run, wide, 300, 100).columns.map(({ units, more }) => [units.length, more])).toEqual([
    [8, 32],
  ]);
});
