import { describe, expect, it } from "vitest";
import { tidy } from "../testing/pictures";
import { denseLayers, type LayerGiven, runOf, stepsOf } from "../testing/runs";
import {
  barBox,
  inside,
  kernelBox,
  lookBox,
  lookCell,
  mapBox,
  partAt,
  rowBox,
  tileBox,
  unitBox,
  weightBox,
  wholeBox,
} from "./boxes";

const T = (type: string, shape: number[], more: Partial<LayerGiven> = {}): LayerGiven => ({
  type,
  shape,
  ...more,
});
const cells = (count: number) =>
  Array.from({ length: count }, (_, i) => `row ${Math.floor(i / 4)} column ${i % 4}`);
const FOLDED = tidy(runOf({ features: ["x1", "x2"], layers: denseLayers(2, [13, 2]) }));
const TILES = tidy(runOf({ features: cells(16), layers: denseLayers(16, [13]) }));
const conv = T("conv2d", [2, 3, 3], { kernel: [2, 2], parameters: { weight: [2, 1, 2, 2], bias: [2] } });
const IMAGES = tidy(runOf({ features: cells(16), layers: [T("reshape", [1, 4, 4]), conv] }));
const SEQUENCE = tidy(runOf({ features: cells(6), layers: [T("reshape", [3, 2])] }));
const HEADS = tidy(
  runOf({
    features: ["a", "b"],
    layers: [
      T("embedding", [2, 2], { parameters: { weight: [3, 2] } }),
      T("attention", [2, 2], { parameters: { weight_q: [2, 2] } }),
    ],
  }),
  stepsOf([["forward", "attention1", "attention1.weights", [], [5, 2, 2, 2]]]),
);

describe("the place of a unit", () => {
  it("is centred at its column's middle and its own height", () => {
    expect(unitBox(FOLDED.columns[0]!, 1)).toEqual({ x: 40, y: 70, width: 20, height: 20 });
  });

  it("of an image goes row by row, then map by map", () => {
    const column = IMAGES.columns[2]!;
    expect([1, 3, 9].map((unit) => unitBox(column, unit))).toEqual([
      { x: 245, y: 25, width: 10, height: 10 },
      { x: 235, y: 35, width: 10, height: 10 },
      { x: 235, y: 60, width: 10, height: 10 },
    ]);
  });

  it("of a sequence goes down a position, then on to the right", () => {
    const column = SEQUENCE.columns[1]!;
    expect([1, 2].map((unit) => unitBox(column, unit))).toEqual([
      { x: 135, y: 45, width: 10, height: 10 },
      { x: 145, y: 35, width: 10, height: 10 },
    ]);
  });

  it("lies in the whole of its column, and a map in its own part", () => {
    const column = IMAGES.columns[2]!;
    expect([wholeBox(column), mapBox(column, 1)]).toEqual([
      { x: 235, y: 25, width: 30, height: 65 },
      { x: 235, y: 60, width: 30, height: 30 },
    ]);
  });
});

describe("the place of a weight", () => {
  it("of a matrix is in the row beside its unit, as many cells to the right as it has weights before it", () => {
    const matrix = FOLDED.bundles[1]!;
    expect([rowBox(matrix, 1), weightBox(matrix, 1, 2)]).toEqual([
      { x: 170, y: 70, width: 130, height: 20 },
      { x: 190, y: 70, width: 10, height: 20 },
    ]);
  });

  it("of a tile goes row by row", () => {
    const tiles = { ...TILES.bundles[0]!, abreast: 2 };
    expect([tileBox(tiles, 3), weightBox(tiles, 3, 5)]).toEqual([
      { x: 112, y: 62, width: 26, height: 26 },
      { x: 118.5, y: 68.5, width: 6.5, height: 6.5 },
    ]);
  });

  it("of a kernel goes row by row, the kernels of an image one after the other", () => {
    const kernels = IMAGES.bundles.find(({ kind }) => kind === "kernels")!;
    const [x, y] = [kernels.box.x, kernels.box.y];
    expect([kernelBox(kernels, 1, 0), weightBox(kernels, 1, 3)]).toEqual([
      { x, y: y + 40, width: 20, height: 20 },
      { x: x + 10, y: y + 50, width: 10, height: 10 },
    ]);
  });
});

describe("the place of a bias", () => {
  it("is just before its own cell", () => {
    expect([barBox(FOLDED.columns[1]!, 2), barBox(IMAGES.columns[2]!, 1)]).toEqual([
      { x: 133, y: 110, width: 4, height: 19 },
      { x: 229, y: 60, width: 4, height: 29 },
    ]);
  });
});

describe("where attention looks", () => {
  it("stands below what it gives, a row for each position that looks", () => {
    const column = HEADS.columns[2]!;
    expect([lookBox(column, 1), lookCell(column, 4 + 1), lookCell(column, 4 + 2)]).toEqual([
      { x: 240, y: 119, width: 20, height: 20 },
      { x: 250, y: 119, width: 10, height: 10 },
      { x: 240, y: 129, width: 10, height: 10 },
    ]);
  });
});

describe("a point", () => {
  const box = { x: 10, y: 20, width: 30, height: 20 };

  it("is inside from a box's first pixel to before its end", () => {
    const points = [
      [10, 20],
      [39, 39],
      [40, 30],
      [9, 30],
      [20, 40],
    ] as const;
    expect(points.map(([x, y]) => inside(box, x, y))).toEqual([true, true, false, false, false]);
  });

  it("lies on an entry counted row by row, or on none", () => {
    expect([
      partAt(box, 2, 3, 10, 20),
      partAt(box, 2, 3, 35, 25),
      partAt(box, 2, 3, 15, 35),
      partAt(box, 2, 3, 5, 35),
    ]).toEqual([0, 2, 3, null]);
  });
});
