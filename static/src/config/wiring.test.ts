import { describe, expect, it } from "vitest";
import type { LayerConfig } from "../api/types";
import { inserted, layerNames, rearranged, removed, sourcesOf, titleOf } from "./wiring";

const layer = (type: string, inputs: string[] = [], share?: string): LayerConfig =>
  ({ type, ...(inputs.length ? { inputs } : {}), ...(share ? { share } : {}) }) as LayerConfig;
const dense = (...inputs: string[]) => layer("dense", inputs);
const wiring = (layers: LayerConfig[]) =>
  layers.map(({ type, inputs, share }) => [type, inputs, share].flat());

/** x -> dense1 -> dense2 -> add1(dense1, dense2) -> dense3 */
const RESIDUAL = [dense(), dense(), layer("add", ["dense1", "dense2"]), dense()];

describe("layers as a graph", () => {
  it("are named by type and count, and said in words", () => {
    const names = layerNames([dense(), layer("batch_norm"), dense()]);
    expect([names, names.map(titleOf)]).toEqual([
      ["dense1", "batch_norm1", "dense2"],
      ["dense 1", "batch norm 1", "dense 2"],
    ]);
  });

  it("take the layer before unless they say otherwise", () => {
    expect(sourcesOf(RESIDUAL)).toEqual([["x"], ["dense1"], ["dense1", "dense2"], ["add1"]]);
  });
});

describe("references to layers", () => {
  it("follow a layer that moves", () => {
    expect(wiring(rearranged(RESIDUAL, [1, 0, 2, 3]))).toEqual([
      ["dense", undefined, undefined],
      ["dense", undefined, undefined],
      ["add", "dense2", "dense1", undefined],
      ["dense", undefined, undefined],
    ]);
  });

  it("follow a layer whose number changes because another is put before it", () => {
    expect(wiring(inserted(RESIDUAL, 0, dense()))[3]).toEqual(["add", "dense2", "dense3", undefined]);
  });

  it("lead through a layer that is put on a way that was named", () => {
    expect(wiring(inserted(RESIDUAL, 2, layer("dropout"))).slice(2, 4)).toEqual([
      ["dropout", "dense2", undefined],
      ["add", "dense1", "dropout1", undefined],
    ]);
  });

  it("go past a layer that is removed to what it took", () => {
    const layers = [dense(), dense(), layer("dropout"), layer("add", ["dense1", "dropout1"]), dense()];
    expect(wiring(removed(layers, 2))[2]).toEqual(["add", "dense1", "dense2", undefined]);
  });

  it("to shared parameters go to the first of those that share them", () => {
    const layers = [dense(), layer("dense", [], "dense1"), layer("dense", [], "dense1"), dense()];
    expect(wiring(removed(layers, 0)).map((row) => row.at(-1))).toEqual([undefined, "dense1", undefined]);
  });
});
