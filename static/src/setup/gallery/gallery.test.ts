import { describe, expect, it } from "vitest";
import type { Catalog, Preset, RunConfig } from "../../api/types";
import { facts } from "./facts";
import { meant, searched, shelves } from "./search";

const preset = (name: string, group: string, config: object) =>
  ({ name, title: name, group, summary: "", look: { sentence: "" }, config }) as unknown as Preset;
const PRESETS = [
  preset("one", "A", { layers: [{ type: "batch_norm" }] }),
  preset("two", "B", { layers: [{ type: "gru" }] }),
  preset("three", "B", { optimizer: { type: "adam" } }),
];

describe("a search over presets", () => {
  it.each([
    ["", ["one", "two", "three"]],
    ["batch norm", ["one"]],
    ["b GRU", ["two"]],
    ["ru", []],
    ["adam gru", []],
  ])("%j finds those that have every word", (typed, names) => {
    expect(searched(PRESETS, typed).map(({ name }) => name)).toEqual(names);
  });

  it("takes the one whose title was typed to be meant", () => {
    expect([meant(PRESETS, "thr")?.name, meant(PRESETS, "gru")?.name, meant([], "gru")]).toEqual([
      "three",
      "one",
      null,
    ]);
  });

  it("leaves the groups out that have no hit", () => {
    expect(shelves(searched(PRESETS, "gru")).map(({ group }) => group)).toEqual(["B"]);
  });
});

describe("the facts of a preset", () => {
  const catalog = {
    datasets: [{ name: "circle", title: "circle" }],
    layers: [{ name: "batch_norm", title: "Batch norm" }],
    losses: [{ name: "mse", title: "mean squared error" }],
    optimizers: [{ name: "sgd", title: "SGD" }],
  } as unknown as Catalog;
  const config = (more: object) =>
    ({ optimizer: { type: "sgd", learning_rate: 0.1 }, batch_size: 10, ...more }) as unknown as RunConfig;

  it("name neighbours alike once", () => {
    const layers = [
      { type: "dense", units: 6 },
      { type: "dense", units: 6 },
      { type: "batch_norm" },
      { type: "dense", units: 1 },
    ];
    expect(facts(config({ data: { name: "circle" }, layers, loss: { type: "mse" } }), catalog)).toEqual([
      { name: "data", text: "circle" },
      { name: "layers", text: "2 × 6, batch norm, 1" },
      { name: "loss", text: "mean squared error" },
      { name: "training", text: "SGD, η 0.1, batch 10" },
    ]);
  });

  it("of a formula are the formula and its training", () => {
    expect(facts(config({ expression: "a = x\nL = a**2" }), catalog).map(({ text }) => text)).toEqual([
      "a = x; L = a**2",
      "SGD, η 0.1",
    ]);
  });
});
