import { describe, expect, it } from "vitest";
import { boxOf, hit } from "../hitTest";
import { captionsOf } from "../paint/captions";
import { denseRun, type LayerGiven, runOf, stepsOf } from "../testing/runs";
import { kernelBox, rowBox, tileBox, unitBox, wholeBox } from "./boxes";
import { edgeNear, pointAt, pointOn } from "./edgeCurve";
import { layoutNetwork } from "./layoutNetwork";
import { windowOf } from "./receptiveField";
import { distanceTo, pointOnWay } from "./skipConnections";
import type { Target } from "./target";
import type { Layout } from "./types";

const PLANE = ["x1", "x2"];
const PIXELS = Array.from({ length: 64 }, (_, i) => `row ${Math.floor(i / 8)} column ${i % 8}`);
const dense = (features: readonly string[], units: number[], width = 832, height = 534) =>
  layoutNetwork(denseRun(features, ...units), [], width, height);
const layers = (features: readonly string[], given: readonly LayerGiven[], width = 832, height = 534) =>
  layoutNetwork(runOf({ features, layers: given }), [], width, height);
const named = (layout: Layout, name: string) => layout.columns.find((column) => column.name === name)!;

const CIRCLE = dense(PLANE, [4, 3, 1]);
const DIGITS = dense(PIXELS, [32, 10]);
const DEEP = dense(PLANE, [...new Array(10).fill(6), 1], 728, 450);
const D = (units: number, fan: number, more: Partial<LayerGiven> = {}): LayerGiven => ({
  type: "dense",
  shape: [units],
  activation: "tanh",
  parameters: { weight: [units, fan], bias: [units] },
  ...more,
});
const residual = (width: number, height: number) =>
  layers(
    PLANE,
    [
      D(4, 2),
      D(4, 4),
      { type: "add", shape: [4], inputs: ["dense1", "dense2"] },
      D(4, 4),
      { type: "add", shape: [4], inputs: ["add1", "dense3"] },
      D(1, 4),
    ],
    width,
    height,
  );
const RESIDUAL = residual(832, 534);
const BRANCHES = layers(PLANE, [
  D(4, 2),
  D(3, 4, { inputs: ["dense1"] }),
  D(3, 4, { inputs: ["dense1"], share: "dense2", parameters: {} }),
  { type: "multiply", shape: [3], inputs: ["dense2", "dense3"] },
  { type: "concat", shape: [8], inputs: ["x", "multiply1", "dense2"] },
  D(1, 8),
]);
const IMAGES = layers(PIXELS, [
  { type: "reshape", shape: [1, 8, 8] },
  {
    type: "conv2d",
    shape: [6, 6, 6],
    kernel: [3, 3],
    parameters: { weight: [6, 1, 3, 3], bias: [6] },
  },
  { type: "max_pool2d", shape: [6, 3, 3], kernel: [2, 2], stride: null },
  { type: "flatten", shape: [54] },
  D(10, 54),
]);
const SEQUENCE = layers(PIXELS, [
  { type: "reshape", shape: [8, 5] },
  { type: "rnn", shape: [8, 6], parameters: { weight_ih: [6, 5], weight_hh: [6, 6] } },
  { type: "mystery", shape: [2, 3, 4, 5] },
  D(1, 120),
]);

const right = ({ x, width }: { x: number; width: number }) => x + width / 2;
const all = [CIRCLE, DIGITS, DEEP, dense(["a long name", "b"], [300, 12, 3], 728, 450)];
const graphs = [RESIDUAL, residual(728, 450), BRANCHES, IMAGES, SEQUENCE];

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
    const twelve = dense(PLANE, [12, 1]);
    expect(twelve.columns[1]!.kind).toBe("units");
  });

  it("writes values below units where there is room and leaves them to the pointer where there is none", () => {
    expect(CIRCLE.columns.map(({ labels }) => labels)).toEqual(["full", "full", "full", "full", "full"]);
    expect(DEEP.columns[5]!.labels).toBe("none");
  });

  it("puts names beside the units at either end where they do not fit below", () => {
    const ten = dense(Array.from("abcdefghij"), [5, 1]);
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
      { kind: "bias", column: 1, bias: "dense1.bias", unit: 5 },
      { kind: "edge", bundle: 0, weight: "dense1.weight", j: 11, k: 50 },
      { kind: "edge", bundle: 1, weight: "dense2.weight", j: 7, k: 20 },
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
    expect(found(DIGITS, x, y, pinned)).toMatchObject({ kind: "edge", bundle: 1, j: 4, k: 9 });
  });
});

describe("a network that is a graph", () => {
  const bundles = ({ bundles: all }: Layout) =>
    all.map(({ kind, from, to }) => `${kind} ${from.name} ${to.name}`);

  it("joins every layer to what it takes, with a way around what it skips", () => {
    expect(bundles(RESIDUAL)).toEqual([
      "edges input dense1",
      "edges dense1 dense2",
      "skip dense1 add1",
      "direct dense2 add1",
      "edges add1 dense3",
      "skip add1 add2",
      "direct dense3 add2",
      "edges add2 dense4",
      "loss dense4 loss",
    ]);
  });

  it("puts layers of the same depth below one another, and keeps them apart", () => {
    const [upper, lower] = [named(BRANCHES, "dense3"), named(BRANCHES, "dense2")];
    expect(upper.x).toBe(lower.x);
    expect(upper.bottom).toBeLessThan(lower.titleY - 12);
  });

  it("leads ways around below everything that they pass", () => {
    for (const layout of [RESIDUAL, BRANCHES])
      for (const { way, from, to } of layout.bundles.filter(({ kind }) => kind === "skip")) {
        const lowest = Math.max(...way.map(({ y }) => y));
        const passed = layout.columns.filter((c) => c.x > from.x && c.x < to.x).map(({ bottom }) => bottom);
        expect(lowest).toBeGreaterThan(Math.max(...passed));
        expect(lowest).toBeLessThan(layout.height - 28);
      }
  });

  it("gives every part of a concatenation its own units", () => {
    const into = BRANCHES.bundles.filter(({ to }) => to.name === "concat1");
    expect(into.map(({ from, offset, kind }) => [from.name, offset, kind])).toEqual([
      ["input", 0, "skip"],
      ["multiply1", 2, "direct"],
      ["dense2", 5, "skip"],
    ]);
  });

  it("finds a way around under the pointer", () => {
    const bundle = RESIDUAL.bundles.find(({ kind }) => kind === "skip")!;
    const middle = pointOnWay(bundle.way, 0.4);
    expect(distanceTo(bundle.way, middle)).toBeLessThan(1e-6);
    expect(hit(RESIDUAL, middle, null)).toEqual({ kind: "way", bundle: bundle.index });
  });

  it("says whose parameters a layer takes", () => {
    expect(named(BRANCHES, "dense3").note).toBe("shares dense 2");
  });
});

describe("images and sequences", () => {
  it("are drawn by their shape, those of an unknown layer as a strip", () => {
    const kinds = (layout: Layout) => layout.columns.map(({ kind }) => kind);
    expect(kinds(IMAGES)).toEqual(["image", "maps", "maps", "maps", "strip", "units", "loss"]);
    expect(kinds(SEQUENCE)).toEqual(["image", "sequence", "sequence", "strip", "units", "loss"]);
  });

  it("have a place for every cell, which is found there again", () => {
    for (const layout of [IMAGES, SEQUENCE])
      for (const column of layout.columns.filter(({ grid }) => grid))
        for (const unit of [0, Math.floor(column.units / 3), column.units - 1]) {
          const { x, y, width, height } = unitBox(column, unit);
          const at = { x: x + width / 2, y: y + height / 2 };
          expect(hit(layout, at, null)).toEqual({ kind: "unit", column: column.index, unit });
        }
  });

  it("stay inside the picture and apart", () => {
    for (const { columns, width, height } of graphs)
      for (const column of columns) {
        const { x, y, ...size } = wholeBox(column);
        expect(Math.min(x, y - 44)).toBeGreaterThanOrEqual(0);
        expect(x + size.width).toBeLessThanOrEqual(width);
        expect(y + size.height).toBeLessThanOrEqual(height - 28);
        const next = columns.find((other) => other.node.depth === column.node.depth + 1);
        if (next) expect(next.x - next.width / 2 - x - size.width).toBeGreaterThan(12);
      }
  });

  it("have their kernels beside the image that they make, cell by cell", () => {
    const bundle = IMAGES.bundles.find(({ kind }) => kind === "kernels")!;
    const map = bundle.to.ys[4]!;
    const { y, height, x, width } = kernelBox(bundle, 4, 0);
    expect(Math.abs(y + height / 2 - map)).toBeLessThan(1);
    const target = hit(IMAGES, { x: x + width - 1, y: y + height - 1 }, null);
    expect(target).toEqual({ kind: "edge", bundle: bundle.index, weight: "conv2d1.weight", j: 4, k: 8 });
    expect(boxOf(IMAGES, target!)).toMatchObject({ width: width / 3, height: height / 3 });
  });

  it("show every matrix of a layer that has several", () => {
    const tables = SEQUENCE.bundles.filter(({ kind }) => kind === "table");
    const [first, second] = tables.map(({ box }) => box);
    expect(tables.map(({ weight }) => weight)).toEqual(["rnn1.weight_ih", "rnn1.weight_hh"]);
    expect(second!.y).toBeGreaterThan(first!.y + first!.height);
  });

  it("mark the window that a cell was made from, and of pooling only its own channel's", () => {
    const [image, conv, pool] = ["reshape1", "conv2d1", "max_pool2d1"].map((name) => named(IMAGES, name));
    const meant = (column: typeof image, unit: number): Target => ({
      kind: "unit",
      column: column!.index,
      unit,
    });
    const place = windowOf(IMAGES, image!, meant(conv, 36 + 2 * 6 + 3))[0]!;
    const corner = unitBox(image!, 2 * 8 + 3);
    expect(place).toEqual({ ...corner, width: 3 * corner.width, height: 3 * corner.height });
    expect(windowOf(IMAGES, conv!, meant(pool, 5 * 9)).map(({ y }) => y)).toEqual([unitBox(conv!, 5 * 36).y]);
  });

  it("have captions that do not touch", () => {
    for (const layout of [...all, ...graphs]) {
      const keys = captionsOf(layout).map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

describe("attention and recurrent layers", () => {
  const steps = stepsOf([
    ["batch", "batch", "x", [], [5, 6]],
    ["forward", "gru1", "gru1.h1", [], [5, 4]],
    ["forward", "gru1", "gru1.h2", [], [5, 4]],
    ["forward", "gru1", "gru1.h3", [], [5, 4]],
    ["forward", "attention1", "attention1.weights", [], [5, 2, 6, 6]],
  ]);
  const run = runOf({
    features: Array.from("abcdef"),
    layers: [
      { type: "embedding", shape: [6, 4], parameters: { weight: [9, 4] } },
      { type: "attention", shape: [6, 4], parameters: { weight_q: [4, 4], weight_o: [4, 4] } },
      { type: "gru", shape: [4], parameters: { weight_ih: [12, 4], weight_hh: [12, 4] } },
    ],
  });
  const layout = layoutNetwork(run, steps, 832, 534);

  const matricesOf = (name: string) =>
    layout.bundles.filter(({ kind, to }) => kind === "table" && to.name === name);

  it("are drawn moment by moment, and with a picture of where each head looks", () => {
    const [input, , attention, gru] = layout.columns;
    expect([input!.node.type, gru!.kind, gru!.shape, attention!.looks!.maps]).toEqual([
      "tokens",
      "sequence",
      [3, 4],
      2,
    ]);
  });

  it("have a place for each weight of attention, which is found there again", () => {
    const target: Target = { kind: "look", column: 2, unit: 36 + 4 * 6 + 1 };
    const { x, y, width, height } = boxOf(layout, target)!;
    expect(hit(layout, { x: x + width / 2, y: y + height / 2 }, null)).toEqual(target);
  });

  it("keep the pictures of heads inside", () => {
    const { bottom } = layout.columns[2]!;
    expect(bottom).toBeLessThan(layout.height - 28);
  });

  it("have their matrices of weights above attention, each with its symbol below it and clear of the titles", () => {
    const block = matricesOf("attention1");
    expect(block.map(({ weight }) => weight)).toEqual(["attention1.weight_q", "attention1.weight_o"]);
    for (const { box, index, to } of block) {
      expect(box.y).toBeGreaterThanOrEqual(to.titleY);
      expect(box.y + box.height).toBeLessThan(wholeBox(to).y);
      const caption = captionsOf(layout).find(({ bundle }) => bundle === index)!;
      expect(caption.y).toBeGreaterThan(box.y + box.height);
      expect(caption.y + 13).toBeLessThanOrEqual(wholeBox(to).y);
    }
  });

  it("leave the line through the middle free between two matrices and their captions", () => {
    const [upper, lower] = matricesOf("gru1");
    const line = (lower!.to.ys[0]! + lower!.to.ys.at(-1)!) / 2;
    const caption = captionsOf(layout).find(({ bundle }) => bundle === upper!.index)!;
    expect(caption.y + 13).toBeLessThan(line);
    expect(lower!.box.y).toBeGreaterThan(line);
  });
});

describe("a small window", () => {
  it.each([
    [390, 396],
    [498, 346],
    [413, 406],
  ])("of %i x %i holds a small net as a whole, with the names and values of its units", (width, height) => {
    const { columns, width: wide } = layoutNetwork(denseRun(PLANE, 4, 3, 1), [], width, height, true);
    const written = columns.filter(({ labels }) => labels === "full" || labels === "value");
    expect([wide, written.length]).toEqual([width, columns.length]);
  });

  it("gives its units more of the width than a large one does", () => {
    const unit = (small: boolean) =>
      layoutNetwork(denseRun(PLANE, 4, 3, 1), [], 413, 406, small).columns[1]!.width;
    expect(unit(true)).toBeGreaterThan(unit(false));
  });
});
