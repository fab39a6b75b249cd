import { describe, expect, it } from "vitest";
import { numbers, painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { denseLayers, type LayerGiven, runOf } from "../testing/runs";
import { biasBars, drawMatrix, drawStrip, isFolded } from "./weightMatrix";

const FOLDED = tidy(runOf({ features: ["x1", "x2"], layers: denseLayers(2, [13, 2]) }));
const lines = (layout: typeof FOLDED, at: number, shown: Shown) =>
  painted((context) => drawMatrix(context, pictureOf(layout, shown), at));
const ALTERNATING = numbers(
  [2, 13],
  ...Array.from({ length: 26 }, (_, i) => (i % 2 ? -2 : 4) / (i < 13 ? 1 : 2)),
);

describe("a matrix of weights", () => {
  it("has row j beside unit j, its cells coloured by sign against the largest of all", () => {
    expect(lines(FOLDED, 1, { bundles: { 1: { weight: ALTERNATING } } })).toEqual([
      "image: box 170,30 130x20 [+1.00 −0.50 +1.00 −0.50 +1.00 −0.50 +1.00 −0.50 +1.00 −0.50 +1.00 −0.50 +1.00]",
      "image: box 170,70 130x20 [−0.25 +0.50 −0.25 +0.50 −0.25 +0.50 −0.25 +0.50 −0.25 +0.50 −0.25 +0.50 −0.25]",
    ]);
  });

  it("shows a gradient by its size alone, in the colour of the backward phase", () => {
    const grad = numbers([2, 13], ...Array.from({ length: 26 }, (_, i) => [1, -1, 1e-3, -1e-6, 0][i % 5]!));
    const scene = { weight: ALTERNATING, grad, shows: "grad" as const };
    expect(lines(FOLDED, 1, { bundles: { 1: scene } })[0]).toEqual(
      "image: box 170,30 130x20 [backward backward backward 0.5 · · backward backward backward 0.5 · · backward backward backward 0.5]",
    );
  });

  it("shows a change in the colour of the update phase", () => {
    const change = numbers([2, 13], ...new Array(26).fill(1));
    const scene = { weight: ALTERNATING, change, shows: "change" as const };
    expect(lines(FOLDED, 1, { bundles: { 1: scene } })[0]).toEqual(
      "image: box 170,30 130x20 [update update update update update update update update update update update update update]",
    );
  });

  it("fades where its edges are drawn around what is pinned", () => {
    const pinned = { kind: "unit", column: 2, unit: 1 } as const;
    const all = lines(FOLDED, 1, { pinned, bundles: { 1: { weight: ALTERNATING } } });
    expect(all.map((line) => line.split(":")[0])).toEqual(["image at 0.1", "image at 0.1"]);
  });

  it("has the row of a unit that is pointed at outlined, and the cell of a weight that is pinned", () => {
    const unit = { kind: "unit", column: 2, unit: 1 } as const;
    const edge = { kind: "edge", bundle: 1, weight: "dense2.weight", j: 0, k: 3 } as const;
    const bundles = { 1: { weight: ALTERNATING } };
    const [pointed, pinned] = [
      lines(FOLDED, 1, { hover: unit, bundles }),
      lines(FOLDED, 1, { hover: edge, bundles }),
    ];
    expect([pointed.slice(2), pinned.slice(2)]).toEqual([
      ["line ink 1.5: box 169,69 132x22"],
      ["line ink 1.5: box 169,29 132x22", "line ink 1: box 199.5,29.5 11x21"],
    ]);
  });

  it("is drawn for matrices, tiles, kernels and tables, and for nothing else", () => {
    const kinds = ["edges", "matrix", "tiles", "kernels", "table", "direct", "link", "skip", "loss"] as const;
    const folded = kinds.filter((kind) => isFolded({ ...FOLDED.bundles[1]!, kind }));
    expect(folded).toEqual(["matrix", "tiles", "kernels", "table"]);
  });
});

describe("kernels", () => {
  const layers: LayerGiven[] = [
    { type: "reshape", shape: [1, 4, 4] },
    { type: "conv2d", shape: [2, 3, 3], kernel: [2, 2], parameters: { weight: [2, 1, 2, 2], bias: [2] } },
  ];
  const layout = tidy(runOf({ features: Array.from({ length: 16 }, (_, i) => `f${i}`), layers }));
  const at = layout.bundles.findIndex(({ kind }) => kind === "kernels");

  it("stand one below the other, each with a hairline, its cells row by row", () => {
    const weight = numbers([2, 1, 2, 2], 1, -1, 0.5, 0, 0.25, 0, 0, -0.5);
    expect(lines(layout, at, { bundles: { [at]: { weight } } })).toEqual([
      "image: box 180,30 20x20 [+1.00 −1.00 | +0.50 0]",
      "line hair 1: box 179.5,29.5 21x21",
      "image: box 180,70 20x20 [+0.25 0 | 0 −0.50]",
      "line hair 1: box 179.5,69.5 21x21",
    ]);
  });
});

describe("tiles", () => {
  const features = Array.from({ length: 16 }, (_, i) => `row ${Math.floor(i / 4)} column ${i % 4}`);
  const layout = tidy(runOf({ features, layers: denseLayers(16, [13, 2]) }));

  it("are as many images as there are units, each of its own weights", () => {
    const weight = numbers(
      [13, 16],
      ...Array.from({ length: 208 }, (_, i) => (Math.floor(i / 16) % 2 ? -1 : 1)),
    );
    const all = lines(layout, 0, { bundles: { 0: { weight } } });
    expect([all.length, ...all.slice(0, 2)]).toEqual([
      13,
      "image: box 82,32 26x26 [+1.00 +1.00 +1.00 +1.00 | +1.00 +1.00 +1.00 +1.00 | +1.00 +1.00 +1.00 +1.00 | +1.00 +1.00 +1.00 +1.00]",
      "image: box 112,32 26x26 [−1.00 −1.00 −1.00 −1.00 | −1.00 −1.00 −1.00 −1.00 | −1.00 −1.00 −1.00 −1.00 | −1.00 −1.00 −1.00 −1.00]",
    ]);
  });
});

describe("the table of an embedding", () => {
  const layers: LayerGiven[] = [{ type: "embedding", shape: [2, 2], parameters: { weight: [3, 2] } }];
  const layout = tidy(runOf({ features: ["a", "b"], layers }));
  const at = layout.bundles.findIndex(({ kind }) => kind === "table");
  const weight = numbers([3, 2], 1, 0, -1, 0, 0.5, 0);

  it("has a mark at the rows that the sample's tokens have picked", () => {
    const shown = { bundles: { [at]: { weight } }, columns: { 0: { values: [2, 0] } } };
    expect(lines(layout, at, shown)).toEqual([
      "image: box 70,30 20x30 [+1.00 0 | −1.00 0 | +0.50 0]",
      "fill ink: box 92,54 4x2",
      "fill ink: box 92,34 4x2",
    ]);
  });
});

describe("a strip", () => {
  const strip = (shown: Shown) => painted((context) => drawStrip(context, pictureOf(FOLDED, shown), 1));
  const values = Array.from({ length: 13 }, (_, i) => (i === 0 ? 1 : i === 12 ? -1 : 0));

  it("has a cell for each unit in the colour of its value, the first on top", () => {
    expect(strip({ columns: { 1: { values } } })).toEqual([
      "fill card: box 140,30 20x260",
      "image: box 140,30 20x260 [+1.00 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | −1.00]",
      "line hair 1: box 139.5,29.5 21x261",
    ]);
  });

  it("has the size of each gradient beside it, in the colour of the backward phase", () => {
    const delta = values.map((x) => x / 1000);
    const lines = strip({ columns: { 1: { values, delta } } }).filter((line) => line.includes("backward"));
    expect([lines[0], lines[1], lines[12]]).toEqual([
      "fill backward at 0.57: box 162,30 4x19",
      "fill backward at 0: box 162,70 4x19",
      "fill backward at 0.57: box 162,510 4x19",
    ]);
  });

  it("has a line across each unit that dropout has silenced", () => {
    const mask = values.map((x) => (x === 1 ? 0 : 1));
    expect(strip({ columns: { 1: { values, mask } } }).filter((line) => line.includes("mute"))).toEqual([
      "line mute 1: from 143,43 to 157,37",
    ]);
  });
});

describe("the biases of a folded layer", () => {
  const bars = (shown: Shown = {}) => {
    const bias = Array.from({ length: 13 }, (_, i) => (i === 0 ? 2 : i === 1 ? -1 : 0));
    return painted((context) =>
      biasBars(context, pictureOf(FOLDED, { ...shown, columns: { 1: { bias } } }), 1),
    );
  };

  it("stand before their units, by sign against the largest", () => {
    expect(bars().slice(0, 3)).toEqual([
      "fill +1.00: box 133,30 4x19",
      "fill −0.50: box 133,70 4x19",
      "fill 0: box 133,110 4x19",
    ]);
  });

  it("are ink where they are meant", () => {
    const meant = { kind: "bias", column: 1, bias: "dense1.bias", unit: 1 } as const;
    expect(bars({ hover: meant })[1]).toEqual("fill ink: box 133,70 4x19");
  });
});
