import { describe, expect, it } from "vitest";
import type { Target } from "./layout/target";
import type { Layout } from "./layout/types";
import { apart, legPath, pathLine } from "./pathLine";

const column = (index: number, ys: number[], kind = "units") => ({
  index,
  x: 100 * index,
  ys,
  kind,
  width: 20,
});
const [input, hidden, output, loss] = [
  column(0, [10, 50]),
  column(1, [10, 50]),
  column(2, [30]),
  column(3, [30], "loss"),
];
const edges = (index: number, from: object, to: object) => ({
  index,
  from,
  to,
  kind: "edges",
  offset: 0,
  x0: 0,
  x1: 100,
});
const layout = {
  columns: [input, hidden, output, loss],
  bundles: [
    { ...edges(0, input, hidden), x0: 0, x1: 100 },
    { ...edges(1, hidden, output), x0: 100, x1: 200 },
  ],
} as unknown as Layout;
const edge = (bundle: number, j: number, k: number): Target => ({ kind: "edge", bundle, weight: "w", j, k });
const unit = (at: number, of: number): Target => ({ kind: "unit", column: at, unit: of });
const PATH = [edge(0, 1, 0), unit(1, 1), unit(1, 1), unit(2, 0), { kind: "loss" } as Target];

describe("pathLine", () => {
  it("goes from the unit that the weight starts at through every unit to the loss", () => {
    const found = pathLine(PATH, [], layout);
    expect(found?.legs).toEqual([
      { from: { x: 0, y: 10 }, to: { x: 100, y: 50 }, leaves: 10, reaches: 90 },
      { from: { x: 100, y: 50 }, to: { x: 200, y: 30 }, leaves: 110, reaches: 190 },
      { from: { x: 200, y: 30 }, to: { x: 300, y: 30 }, leaves: 210, reaches: 290 },
    ]);
    expect(found?.end).toEqual({ x: 300, y: 30 });
  });

  it("has slopes at their units, weights on their edges, and in their order what has no place", () => {
    const factors = [
      { number: 1, target: unit(0, 0) },
      { number: 2, target: unit(1, 1) },
      { number: 3, target: edge(1, 0, 1) },
      { number: 4, target: null },
      { number: 5, target: unit(2, 0) },
      { number: 6, target: unit(2, 0) },
    ];
    const found = pathLine(PATH, factors, layout)!;
    expect(found.marks.map(({ number, x }) => [number, x])).toEqual([
      [1, 50],
      [2, 100],
      [3, 150],
      [4, 175],
      [5, 200],
      [6, 250],
    ]);
    expect(found.marks[2]!.y).toBe(40);
  });

  it("bends between the columns as their edges do", () => {
    const [leg] = pathLine(PATH, [], layout)!.legs;
    expect(legPath(leg!)).toBe("M0,10H10C50,10 50,50 90,50H100");
  });

  it("is none where the picture shows no way", () => {
    expect(pathLine([null, { kind: "loss" }], [], layout)).toBeNull();
  });
});

describe("apart", () => {
  it("moves a label that would meet another, and no other", () => {
    const marks = [0, 20, 90].map((x) => ({ number: 0, x, y: 40 }));
    expect(apart(marks, 44).map(({ y }) => y)).toEqual([40, 25, 40]);
  });
});
