import { describe, expect, it } from "vitest";
import { boxOf, hit } from "./hitTest";
import { tidy } from "./testing/pictures";
import { denseLayers, denseRun, runOf } from "./testing/runs";

const EDGES = tidy(denseRun(["x1", "x2"], 2));
const FOLDED = tidy(runOf({ features: ["x1", "x2"], layers: denseLayers(2, [13, 2]) }));
const at = (layout: typeof EDGES, x: number, y: number) => hit(layout, { x, y }, null);
const edge = (j: number, k: number) => ({ kind: "edge", bundle: 0, weight: "dense1.weight", j, k });

describe("what is under a point", () => {
  it("is a unit up to its rim, and the edge that begins there beyond it", () => {
    expect([at(EDGES, 50, 40), at(EDGES, 60, 40), at(EDGES, 63, 40)]).toEqual([
      { kind: "unit", column: 0, unit: 0 },
      { kind: "unit", column: 0, unit: 0 },
      edge(0, 0),
    ]);
  });

  it("is the nearest of two edges, and nothing further away than seven pixels", () => {
    expect([at(EDGES, 75, 44), at(EDGES, 125, 77), at(EDGES, 100, 90)]).toEqual([
      edge(1, 0),
      edge(1, 0),
      null,
    ]);
  });

  it("is the loss in its circle", () => {
    expect(at(EDGES, 250, 45)).toEqual({ kind: "loss" });
  });

  it("is the cell of a matrix beside the unit that it leads to", () => {
    expect(at(FOLDED, 195, 75)).toEqual({ kind: "edge", bundle: 1, weight: "dense2.weight", j: 1, k: 2 });
  });

  it("is the bias before a cell of a strip", () => {
    expect(at(FOLDED, 134, 115)).toEqual({ kind: "bias", column: 1, bias: "dense1.bias", unit: 2 });
  });
});

describe("where a tip is attached", () => {
  it("is the unit, the bias's mark, the cell of a matrix, and for an edge that is drawn the edge itself", () => {
    const boxes = [
      boxOf(EDGES, { kind: "unit", column: 1, unit: 1 }),
      boxOf(EDGES, { kind: "bias", column: 1, bias: "dense1.bias", unit: 1 }),
      boxOf(FOLDED, { kind: "edge", bundle: 1, weight: "dense2.weight", j: 1, k: 2 }),
      boxOf(EDGES, { kind: "edge", bundle: 0, weight: "dense1.weight", j: 1, k: 0 }),
    ];
    expect(boxes).toEqual([
      { x: 140, y: 70, width: 20, height: 20 },
      { x: 140, y: 115, width: 20, height: 6 },
      { x: 190, y: 70, width: 10, height: 20 },
      null,
    ]);
  });

  it("is nowhere for what the layout does not have", () => {
    expect([
      boxOf(EDGES, { kind: "unit", column: 1, unit: 7 }),
      boxOf(EDGES, { kind: "unit", column: 1, unit: null }),
    ]).toEqual([null, null]);
  });
});
