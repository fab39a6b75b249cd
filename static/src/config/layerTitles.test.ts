import { describe, expect, it } from "vitest";
import type { LayerConfig, LayerEntry } from "../api/types";
import { found, groupsOf, initializerTitle, noteOf, sharedTitles, sizeOf } from "./layerTitles";

const entry = (name: string, more: Partial<LayerEntry> = {}) =>
  ({
    name,
    title: name,
    description: `The ${name}.`,
    parameters: [],
    required: [],
    several: false,
    second: false,
    starts: {},
    shares: false,
    ...more,
  }) as unknown as LayerEntry;
const setting = (name: string, kind: string, value: unknown) =>
  ({ name, title: name, kind, default: value }) as LayerEntry["parameters"][0];
const DENSE = entry("dense", {
  shares: true,
  required: ["units"],
  parameters: [setting("units", "integer", 4)],
});
const DROPOUT = entry("dropout", {
  parameters: [setting("p", "number", 0.5)],
  description: "Silences units, as a dense rain.",
});
const RESHAPE = entry("reshape", {
  required: ["shape"],
  parameters: [setting("shape", "integers", [1, 8, 8])],
});
const ADD = entry("add", { several: true });
const CATALOG = {
  layers: [DENSE, DROPOUT, RESHAPE, ADD],
  activations: [{ name: "relu", title: "ReLU" }],
} as unknown as Parameters<typeof noteOf>[1];

describe("what a layer's row says", () => {
  it.each([
    [{ type: "dense", units: 3, activation: "relu" }, "ReLU"],
    [
      { type: "dense", units: 3, activation: { type: "relu" }, inputs: ["x"], share: "dense1" },
      "ReLU · of x · shared with dense 1",
    ],
    [{ type: "dropout" }, "p 0.5"],
    [{ type: "reshape", shape: [1, 4, 4] }, "shape 1×4×4"],
    [{ type: "add", inputs: ["dense1", "x"] }, "dense 1, x"],
    [{ type: "unheard" }, ""],
  ])("%j", (layer, note) => {
    expect(noteOf(layer as unknown as LayerConfig, CATALOG)).toBe(note);
  });

  it("names parameters that are shared once, with all that share them", () => {
    const layers = [{}, { share: "dense1" }, {}, { share: "dense1" }].map((more) => ({
      type: "dense",
      ...more,
    }));
    expect([...sharedTitles(layers as LayerConfig[])]).toEqual([["dense1", "dense 1, 2, 4"]]);
  });

  it("has the whole number that it must be given as its size", () => {
    expect([DENSE, DROPOUT, RESHAPE].map((one) => sizeOf(one)?.name)).toEqual([
      "units",
      undefined,
      undefined,
    ]);
  });
});

describe("the types of layers", () => {
  it("are grouped by what the catalog says of them", () => {
    expect(groupsOf(CATALOG.layers).map(({ title, entries }) => [title, entries.map((e) => e.name)])).toEqual(
      [
        ["With parameters", ["dense"]],
        ["Without parameters", ["dropout", "reshape"]],
        ["Joining two or more layers", ["add"]],
      ],
    );
  });

  it("are found by name first, then by description", () => {
    expect(
      [found(CATALOG.layers, "dense"), found(CATALOG.layers, "DROP out")].map((list) =>
        list.map((e) => e.name),
      ),
    ).toEqual([["dense", "dropout"], ["dropout"]]);
  });

  it("say how their parameters start", () => {
    expect(["initializer", "bias_initializer", "recurrent_initializer"].map(initializerTitle)).toEqual([
      "weights start",
      "biases start",
      "recurrent weights start",
    ]);
  });
});
