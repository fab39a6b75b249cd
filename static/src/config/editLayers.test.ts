import { describe, expect, it } from "vitest";
import type { Catalog, DatasetEntry, LayerEntry, Preset, RunConfig } from "../api/types";
import {
  alikeIn,
  alikeTogether,
  middleOut,
  withDataset,
  withFeatures,
  withLayerAdded,
  withLayerMoved,
  withLayerRemoved,
  withLayersSet,
} from "./editLayers";

const dense = (units: number, activation: string, more = {}) => ({
  type: "dense",
  units,
  activation,
  ...more,
});
const CONFIG = {
  data: { name: "circle", noise: 0.1 },
  layers: [dense(4, "tanh", { weight: [[1, 2]] }), dense(3, "relu"), dense(1, "tanh")],
  loss: "mse",
  edits: [{ iteration: 3, set: { "optimizer.learning_rate": 1 } }],
} as unknown as RunConfig;
const entry = (name: string, more: Partial<LayerEntry> = {}) =>
  ({
    name,
    activation: null,
    required: [],
    several: false,
    second: false,
    starts: {},
    parameters: [],
    ...more,
  }) as unknown as LayerEntry;
const DENSE = entry("dense", {
  activation: "identity",
  required: ["units"],
  parameters: [
    { name: "units", kind: "integer", default: 4 },
    { name: "weight", kind: "matrix", default: null },
  ] as LayerEntry["parameters"],
});
const CATALOG = { layers: [DENSE], datasets: [] } as unknown as Catalog;
const dataset = (more: Partial<DatasetEntry>) => more as DatasetEntry;
const shape = (config: RunConfig) => config.layers.map((layer) => `${layer.units} ${layer.activation}`);

describe("changing the network", () => {
  it("adds a layer like the last hidden one of its type, before the output", () => {
    expect(shape(withLayerAdded(CONFIG, DENSE, CATALOG))).toEqual(["4 tanh", "3 relu", "3 relu", "1 tanh"]);
  });

  it("sets one thing of several layers at once, and keeps given numbers while sizes stay", () => {
    const changed = withLayersSet(CONFIG, [0, 1], "activation", "elu", CATALOG);
    expect([shape(changed), changed.layers[0]!.weight]).toEqual([["4 elu", "3 elu", "1 tanh"], [[1, 2]]]);
    const resized = withLayersSet(CONFIG, [1], "units", 7, CATALOG);
    expect([shape(resized), resized.layers[0]!.weight]).toEqual([["4 tanh", "7 relu", "1 tanh"], undefined]);
  });

  it("finds the layers to set together: the most common type, without the last layer", () => {
    const types = ["dense", "dropout", "dense", "dropout", "dense", "dense"].map((type) => ({ type }));
    expect([alikeIn(types), alikeIn([{ type: "dense" }])]).toEqual([[0, 2, 4], []]);
  });

  it("adds a layer of another type with the catalog's defaults and the activation of its neighbours", () => {
    const kernel = { name: "channels", default: 8 } as LayerEntry["parameters"][0];
    const conv = entry("conv2d", { activation: "identity", required: ["channels"], parameters: [kernel] });
    const added = [conv, entry("dropout")].map((one) => withLayerAdded(CONFIG, one, CATALOG).layers[2]);
    expect(added).toEqual([{ type: "conv2d", channels: 8, activation: "relu" }, { type: "dropout" }]);
  });

  it.each([
    ["the nearest layer of its shape", [4], ["dense1", "dense2"]],
    ["the inputs of the model, where they have its shape", [3], ["x", "dense2"]],
  ])("joins the layer before with %s", (_, first, inputs) => {
    const shapes = new Map([
      ["x", [4]],
      ["dense1", first],
      ["dense2", [4]],
    ]);
    const { layers } = withLayerAdded(CONFIG, entry("add", { several: true }), CATALOG, shapes);
    expect(layers[2]).toEqual({ type: "add", inputs });
  });

  it("removes a layer", () => {
    expect(shape(withLayerRemoved(CONFIG, 1, CATALOG))).toEqual(["4 tanh", "1 tanh"]);
  });

  it("moves a layer and drops explicit numbers, which fit one place only", () => {
    const moved = withLayerMoved(CONFIG, 0, 1, CATALOG);
    expect([shape(moved), moved.layers.some((layer) => "weight" in layer)]).toEqual([
      ["3 relu", "4 tanh", "1 tanh"],
      false,
    ]);
  });
});

describe("many layers", () => {
  const dense = (units: number) => ({ type: "dense", units });

  it("are together where they are alike and follow each other", () => {
    const layers = [...Array(10).fill(dense(6)), dense(4), dense(4), dense(1)];
    expect(alikeTogether(layers).map((row) => row.length)).toEqual([10, 1, 1, 1]);
  });

  it("of many kinds are the first and the last ones, with the number of those between", () => {
    const rows = [1, 3, 4, 2, 1].map((count) => ({ count }));
    const counts = (list: { count: number }[]) => list.map(({ count }) => count);
    const { rows: first, after, left } = middleOut(rows);
    expect([counts(first), left, counts(after), middleOut(rows.slice(1)).left]).toEqual([[1, 3], 6, [1], 0]);
  });

  it("are listed one by one where they are few", () => {
    expect(alikeTogether(Array(5).fill(dense(6)))).toHaveLength(5);
  });
});

describe("changing the data", () => {
  const circle = dataset({ name: "circle", task: "classification", classes: ["0", "1"] });
  const wine = dataset({ name: "wine", task: "classification", classes: ["a", "b", "c"] });
  const known = { presets: [], catalog: { ...CATALOG, datasets: [circle] } };

  it("keeps the network for a task of the same kind", () => {
    const moons = dataset({ name: "moons", task: "classification", classes: ["0", "1"] });
    const changed = withDataset(CONFIG, moons, known);
    expect([changed.data, changed.loss, shape(changed)]).toEqual([
      { name: "moons" },
      "mse",
      ["4 tanh", "3 relu", "1 tanh"],
    ]);
  });

  it("keeps features where there are as many inputs, else forgets them", () => {
    const plane = dataset({ ...circle, inputs: 2 });
    const config = { ...CONFIG, features: ["x1", "x2", "x1*x2"] };
    const among = { presets: [], catalog: { ...CATALOG, datasets: [plane] } };
    const other = (inputs: number) => withDataset(config, dataset({ ...circle, inputs }), among).features;
    expect([other(2), other(4)]).toEqual([["x1", "x2", "x1*x2"], []]);
  });

  it("gives the inputs back to layers that took features, once there are none", () => {
    const layers = [
      { type: "dense", inputs: ["features"] },
      { type: "dense", inputs: ["x"] },
    ];
    const config = { ...CONFIG, layers, features: ["x1^2"] } as unknown as RunConfig;
    const inputs = (features: string[]) =>
      withFeatures(config, features, CATALOG).layers.map((layer) => layer.inputs);
    expect([inputs(["x1"]), inputs([])]).toEqual([
      [["features"], ["x"]],
      [["x"], ["x"]],
    ]);
  });

  it("gives a classification as many outputs as it has classes, and forgets edits", () => {
    const { data, loss, layers, edits } = withDataset(CONFIG, wine, known);
    expect([data, loss, layers.at(-1), edits]).toEqual([
      { name: "wine" },
      "cross_entropy",
      { type: "dense", units: 3, activation: "identity" },
      [],
    ]);
  });

  it("gives a regression one output and a squared error", () => {
    const { loss, layers } = withDataset(
      CONFIG,
      dataset({ name: "plane", task: "regression", classes: [] }),
      known,
    );
    expect([loss, layers.at(-1)]).toEqual(["mse", { type: "dense", units: 1, activation: "identity" }]);
  });

  it("takes output and loss from a preset on that data, and keeps the hidden layers", () => {
    const config = {
      data: { name: "wine", samples: 90 },
      loss: "bce",
      layers: [dense(9, "relu"), dense(3, "sigmoid")],
    };
    const preset = { config } as unknown as Preset;
    const changed = withDataset(CONFIG, wine, { ...known, presets: [preset] });
    expect([changed.data, changed.loss, shape(changed)]).toEqual([
      { name: "wine", samples: 90 },
      "bce",
      ["4 tanh", "3 relu", "3 sigmoid"],
    ]);
  });
});
