import { describe, expect, it } from "vitest";
import type { LayerConfig, LayerEntry } from "../api/types";
import {
  inserted,
  layerNames,
  rearranged,
  removed,
  sharable,
  sourcesBefore,
  sourcesOf,
  titleOf,
  wiringProblem,
} from "./wiring";

const layer = (type: string, inputs: string[] = [], share?: string): LayerConfig =>
  ({ type, ...(inputs.length ? { inputs } : {}), ...(share ? { share } : {}) }) as LayerConfig;
const dense = (...inputs: string[]) => layer("dense", inputs);
const ENTRIES = [
  { name: "dense", several: false },
  { name: "dropout", several: false },
  { name: "add", several: true },
] as LayerEntry[];
const wiring = (layers: LayerConfig[]) =>
  layers.map(({ type, inputs, share }) => [type, inputs, share].flat());
const problem = (layers: LayerConfig[]) => wiringProblem(layers, ENTRIES, false);

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

  it("can take what comes before them, and share with their own kind", () => {
    const layers = [dense(), layer("dropout"), layer("dense", [], "dense1"), dense()];
    expect([sourcesBefore(layers, 2, true), sharable(layers, 3)]).toEqual([
      ["x", "features", "dense1", "dropout1"],
      ["dense1"],
    ]);
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

describe("what cannot be", () => {
  it("is nothing for a chain and for a residual connection", () => {
    expect([problem([dense(), dense()]), problem(RESIDUAL)]).toEqual([null, null]);
  });

  it("is a layer before one that it takes", () => {
    expect(problem(rearranged(RESIDUAL, [0, 2, 1, 3]))).toBe(
      "add 1 takes dense 2, which has to come before it.",
    );
  });

  it("is a layer before the one whose parameters it shares", () => {
    const layers = rearranged([dense(), layer("dense", [], "dense1")], [1, 0]);
    expect(problem(layers)).toBe("dense 1 shares the parameters of dense 2, which has to come before it.");
  });

  it("is a layer that nothing takes", () => {
    expect(problem([dense(), dense(), dense("dense1")])).toBe("Nothing would take the output of dense 2.");
  });

  it("is a join of one, as after the removal of the other way", () => {
    expect(problem(removed(RESIDUAL, 1))).toBe("add 1 needs two or more inputs.");
  });

  it("is several inputs for a layer that takes one", () => {
    expect(problem([dense(), dense("x", "dense1")])).toBe("dense 2 takes one input only.");
  });
});
