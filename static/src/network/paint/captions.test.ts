import { describe, expect, it } from "vitest";
import { unitBox } from "../layout/boxes";
import { layoutNetwork } from "../layout/layoutNetwork";
import { pointOnWay } from "../layout/skipConnections";
import type { Layout } from "../layout/types";
import { denseLayers, type LayerGiven, runOf } from "../testing/runs";
import { captionsOf } from "./captions";

const layoutOf = (layers: readonly LayerGiven[], width: number, height = 450): Layout =>
  layoutNetwork(runOf({ features: ["x1", "x2"], layers }), [], width, height);
const T = (type: string, more: Partial<LayerGiven> = {}): LayerGiven => ({ type, shape: [8, 16], ...more });
/** As in a transformer: the way around the block passes below the matrices of its dense layers. */
const BLOCK = [
  T("embedding", { parameters: { weight: [4, 16] } }),
  T("positional_encoding"),
  T("layer_norm"),
  T("dense", { shape: [8, 32], parameters: { weight: [32, 16], bias: [32] } }),
  T("dense", { parameters: { weight: [16, 32], bias: [16] } }),
  T("add", { inputs: ["layer_norm1", "dense2"] }),
  ...["layer_norm", "layer_norm", "layer_norm", "layer_norm"].map((type) => T(type)),
  T("dense", { shape: [8, 4], parameters: { weight: [4, 16], bias: [4] } }),
];
const captionOf = (layout: Layout, weight: string) =>
  captionsOf(layout).find(({ bundle }) => bundle !== null && layout.bundles[bundle]!.weight === weight)!;

describe("captions", () => {
  it("keep off the ways around other columns", () => {
    const layout = layoutOf(BLOCK, 728);
    const [way] = layout.bundles.filter(({ way }) => way.length).map(({ way }) => way);
    const { x, y } = captionOf(layout, "dense1.weight");
    for (let part = 0; part <= 1; part += 0.01) {
      const point = pointOnWay(way!, part);
      expect(Math.abs(point.x - x) < 35 && point.y > y && point.y < y + 13).toBe(false);
    }
  });

  it("of a matrix end before what is written below the units that it leads to", () => {
    const activation: LayerGiven = { type: "activation", shape: [40], activation: "relu" };
    const [wide, last] = [denseLayers(2, [40]), denseLayers(40, [4])];
    const layout = layoutOf([...wide, ...new Array(4).fill(activation), ...last], 728);
    const matrix = layout.bundles.find(({ weight }) => weight === "dense2.weight")!;
    expect(captionOf(layout, "dense2.weight").x + 35).toBeLessThan(unitBox(matrix.to, 0).x);
  });
});

describe("the caption of a folded layer", () => {
  it("stands below its cells, in their middle, and says how many they are", () => {
    const layout = layoutOf(denseLayers(2, [20, 1]), 728);
    const { x, ys, height } = layout.columns[1]!;
    const caption = captionsOf(layout).find(({ key }) => key === "dense1");
    const first = ys[0]! - height / 2;
    const y = first + (ys.at(-1)! + height / 2 - first) + 5;
    expect(caption).toEqual({ key: "dense1", symbol: "", text: "20 units", x, y, bundle: null });
  });
});

describe("titles", () => {
  it("that would touch stand on lines of their own", () => {
    expect(layoutOf(BLOCK, 728).crowded).toBe(true);
    expect(layoutOf(BLOCK, 1100).crowded).toBe(false);
  });
});
