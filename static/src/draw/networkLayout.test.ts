import { describe, expect, it } from "vitest";
import type { Run } from "../api/types";
import { rowBox, tileBox, unitBox } from "./networkBoxes";
import { edgeNear, pointAt, pointOn } from "./networkCurve";
import { boxOf, hit } from "./networkHit";
import { layoutNetwork } from "./networkLayout";
import type { Target } from "./networkTarget";

const runOf = (features: readonly string[], ...units: number[]) =>
  ({
    features,
    classes: [],
    loss: { name: "cross_entropy" },
    layers: units.map((count, at) => ({
      name: `dense${at + 1}`,
      title: `dense ${at + 1}`,
      units: count,
      activation: "tanh",
      a: `dense${at + 1}.a`,
    })),
  }) as unknown as Run;
const PLANE = ["x1", "x2"];
const PIXELS = Array.from({ length: 64 }, (_, i) => `row ${Math.floor(i / 8)} column ${i % 8}`);
const CIRCLE = layoutNetwork(runOf(PLANE, 4, 3, 1), 832, 534);
const DIGITS = layoutNetwork(runOf(PIXELS, 32, 10), 832, 534);
const DEEP = layoutNetwork(runOf(PLANE, ...new Array(10).fill(6), 1), 728, 450);

const right = ({ x, width }: { x: number; width: number }) => x + width / 2;
const all = [CIRCLE, DIGITS, DEEP, layoutNetwork(runOf(["a long name", "b"], 300, 12, 3), 728, 450)];

describe("the layout of the network", () => {
  it("keeps columns apart and inside the window, whatever the network", () => {
    for (const { columns, width } of all) {
      const gaps = columns.slice(1).map((column, at) => column.x - column.width / 2 - right(columns[at]!));
      expect(Math.min(...gaps)).toBeGreaterThan(20);
      expect(right(columns.at(-1)!)).toBeLessThanOrEqual(width);
      expect(columns[0]!.x - columns[0]!.width / 2).toBeGreaterThanOrEqual(0);
    }
  });

  it("keeps units apart and between titles and legend", () => {
    for (const { columns, top, bottom } of all)
      for (const column of columns) {
        const boxes = column.ys.map((_, unit) => unitBox(column, unit));
        expect(Math.min(...boxes.map((box) => box.y))).toBeGreaterThanOrEqual(top - 20);
        expect(Math.max(...boxes.map((box) => box.y + box.height))).toBeLessThanOrEqual(bottom + 1);
        if (column.kind === "units")
          for (const [unit, box] of boxes.entries())
            expect(box.y).toBeGreaterThanOrEqual(unit === 0 ? 0 : boxes[unit - 1]!.y + box.height);
      }
  });

  it("folds layers of more than twelve units and shows pixels as an image with images for weights", () => {
    expect(DIGITS.columns.map(({ kind }) => kind)).toEqual(["image", "strip", "units", "loss"]);
    expect(DIGITS.bundles.map(({ kind }) => kind)).toEqual(["tiles", "matrix", "loss"]);
    const twelve = layoutNetwork(runOf(PLANE, 12, 1), 832, 534);
    expect(twelve.columns[1]!.kind).toBe("units");
  });

  it("writes values below units where there is room and leaves them to the pointer where there is none", () => {
    expect(CIRCLE.columns.map(({ labels }) => labels)).toEqual(["full", "full", "full", "full", "full"]);
    expect(DEEP.columns[5]!.labels).toBe("none");
  });

  it("puts names beside the units at either end where they do not fit below", () => {
    const ten = layoutNetwork(runOf(Array.from("abcdefghij"), 5, 1), 832, 534);
    expect(ten.columns[0]!.labels).toBe("side");
    expect(DIGITS.columns[2]!.labels).toBe("side");
  });

  it("lays row j of a matrix beside unit j", () => {
    const matrix = DIGITS.bundles[1]!;
    const boxes = matrix.to.ys.map((_, j) => [rowBox(matrix, j).y, unitBox(matrix.to, j).y]);
    for (const [row, unit] of boxes) expect(row).toBe(unit);
  });

  it("gives every unit a tile of its own", () => {
    const tiles = DIGITS.bundles[0]!;
    const places = tiles.to.ys.map((_, j) => `${tileBox(tiles, j).x} ${tileBox(tiles, j).y}`);
    expect(new Set(places).size).toBe(32);
  });
});

describe("edges", () => {
  const gap = CIRCLE.bundles[1]!;

  it("run from the rim of one unit to the rim of the other", () => {
    expect(pointOn(gap, 2, 0, 0)).toEqual({ x: gap.x0, y: gap.from.ys[0] });
    expect(pointOn(gap, 2, 0, 1)).toEqual({ x: gap.x1, y: gap.to.ys[2] });
  });

  it("are found at any point that lies on them alone", () => {
    for (const [j, k] of [
      [0, 3],
      [2, 0],
      [1, 1],
    ] as const) {
      const x = gap.x0 + 0.2 * (gap.x1 - gap.x0);
      expect(edgeNear(gap, pointAt(gap, j, k, x), 4, () => true)).toMatchObject({ j, k });
    }
  });

  it("are not found away from all of them, nor where they are not drawn", () => {
    expect(edgeNear(gap, { x: (gap.x0 + gap.x1) / 2, y: CIRCLE.bottom }, 7, () => true)).toBeNull();
    expect(edgeNear(gap, pointOn(gap, 0, 3, 0.2), 4, () => false)).toBeNull();
  });
});

describe("what is under the pointer", () => {
  const found = (layout: typeof CIRCLE, x: number, y: number, pinned: Target | null = null) =>
    hit(layout, { x, y }, pinned);

  it("is the unit, before the edges that end in it", () => {
    const column = CIRCLE.columns[2]!;
    expect(found(CIRCLE, column.x, column.ys[1]!)).toEqual({ kind: "unit", column: 2, unit: 1 });
  });

  it("is the loss in its circle, and nothing between the columns' ends", () => {
    const { x, ys } = CIRCLE.columns[4]!;
    expect([found(CIRCLE, x, ys[0]!), found(CIRCLE, x, CIRCLE.height - 5)]).toEqual([{ kind: "loss" }, null]);
  });

  it("is a pixel of the image, a cell of a tile, a cell of a matrix", () => {
    const [tiles, matrix] = DIGITS.bundles as [(typeof DIGITS.bundles)[0], (typeof DIGITS.bundles)[0]];
    for (const target of [
      { kind: "unit", column: 0, unit: 37 },
      { kind: "bias", column: 1, unit: 5 },
      { kind: "edge", bundle: 0, j: 11, k: 50 },
      { kind: "edge", bundle: 1, j: 7, k: 20 },
    ] as const) {
      const box = boxOf(DIGITS, target)!;
      expect(found(DIGITS, box.x + box.width / 2, box.y + box.height / 2)).toEqual(target);
    }
    expect([tiles.kind, matrix.kind]).toEqual(["tiles", "matrix"]);
  });

  it("is an edge in place of the matrix's cell once its unit is pinned", () => {
    const matrix = DIGITS.bundles[1]!;
    const { x, y } = pointAt(matrix, 4, 9, matrix.x0 + 12);
    const pinned: Target = { kind: "unit", column: 2, unit: 4 };
    expect(found(DIGITS, x, y, pinned)).toEqual({ kind: "edge", bundle: 1, j: 4, k: 9 });
  });
});
