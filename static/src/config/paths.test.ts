import { describe, expect, it } from "vitest";
import type { RunConfig } from "../api/types";
import {
  branchable,
  branchPoints,
  contains,
  effective,
  keysOf,
  valueAt,
  withRestored,
  withSetting,
  withValue,
} from "./paths";

const CONFIG: RunConfig = {
  seed: 0,
  dtype: "float64",
  data: { name: "circle", noise: 0.1 },
  batch_size: 10,
  shuffle: true,
  layers: [
    { type: "dense", units: 4, activation: "tanh" },
    { type: "dense", units: 1, activation: "tanh" },
  ],
  loss: "mse",
  optimizer: { type: "sgd", learning_rate: 0.03 },
  edits: [
    { iteration: 10, set: { "optimizer.learning_rate": 0.3 } },
    { iteration: 10, parameter: "dense1.weight", index: [0, 1], value: 2 },
    { iteration: 40, set: { "optimizer.learning_rate": 0.5 } },
  ],
};

describe("config paths", () => {
  it("reads names and positions", () => {
    expect(keysOf("layers[1].activation.negative_slope")).toEqual([
      "layers",
      1,
      "activation",
      "negative_slope",
    ]);
  });

  it("finds a value, and nothing where there is none", () => {
    expect([
      valueAt(CONFIG, "layers[1].units"),
      valueAt(CONFIG, "layers[7].units"),
      valueAt(null, "a.b"),
    ]).toEqual([1, undefined, undefined]);
  });

  it("replaces one value and leaves the original alone", () => {
    const changed = withValue(CONFIG, "layers[1].units", 3);
    expect([
      changed.layers[1]?.units,
      CONFIG.layers[1]?.units,
      changed.layers[0] === CONFIG.layers[0],
    ]).toEqual([3, 1, true]);
  });

  it("adds what was not there", () => {
    expect(withValue(CONFIG, "data.seed", 7).data).toEqual({ name: "circle", noise: 0.1, seed: 7 });
  });

  it("says what holds at an iteration", () => {
    expect([0, 9, 10, 39, 40].map((t) => effective(CONFIG, "optimizer.learning_rate", t))).toEqual([
      0.03, 0.03, 0.3, 0.3, 0.5,
    ]);
  });

  it("says that clipping is of the kind that was set last", () => {
    const clipped = {
      ...CONFIG,
      clip: { norm: 1 },
      edits: [{ iteration: 5, set: { "clip.value": 3 } }],
    } as RunConfig;
    const kinds = (t: number) => ["clip.norm", "clip.value"].map((path) => effective(clipped, path, t));
    expect([kinds(4), kinds(5)]).toEqual([
      [1, undefined],
      [undefined, 3],
    ]);
  });

  it("names each branch point once", () => {
    expect(branchPoints(CONFIG)).toEqual([10, 40]);
  });

  it("branches for settings of the update, never for its kind, the data or the network", () => {
    const catalog = { settable: ["optimizer", "schedule", "clip"] };
    const may = (path: string) => branchable(path, catalog);
    expect(["optimizer.learning_rate", "schedule.gamma", "clip.norm"].map(may)).toEqual([true, true, true]);
    const never = ["optimizer.type", "schedule.type", "schedule", "clip", "data.noise", "regularization.l2"];
    expect(never.filter(may)).toEqual([]);
  });

  it("puts one kind of clipping in the place of another, and takes a section away with its last setting", () => {
    const norm = withSetting(CONFIG, "clip.norm", 1);
    const value = withSetting(norm, "clip.value", 3);
    expect([norm.clip, value.clip, withSetting(value, "clip.value", null).clip]).toEqual([
      { norm: 1 },
      { value: 3 },
      null,
    ]);
  });

  it("says again what a config says, also that it has no such section", () => {
    const config = { ...CONFIG, regularization: null, clip: { norm: 1 } } as RunConfig;
    const typed = withSetting(withSetting(config, "regularization.l2", "much"), "clip.value", 2);
    const { regularization, clip } = withRestored(
      withRestored(typed, "regularization.l2", config),
      "clip.value",
      config,
    );
    expect([regularization, clip]).toEqual([null, { norm: 1 }]);
  });

  it("recognizes a config with its defaults filled in", () => {
    const short = { data: { name: "circle" }, layers: [{ units: 4 }, { units: 1 }] };
    expect([
      contains(CONFIG, short),
      contains(CONFIG, { ...short, seed: 1 }),
      contains(CONFIG, { layers: [{ units: 4 }] }),
      contains(null, short),
    ]).toEqual([true, false, false, false]);
  });
});
