import { describe, expect, it } from "vitest";
import type { Catalog, RunConfig } from "../../api/types";
import { axisText, offers, readAxis, titleOfAxis } from "./axes";

const base = {
  optimizer: { type: "sgd", learning_rate: 0.03, momentum: 0 },
  layers: [
    { type: "dense", units: 8, activation: "tanh", initializer: "xavier_uniform" },
    { type: "dense", units: 8, activation: "tanh", initializer: "xavier_uniform" },
    { type: "dropout", rate: 0.2 },
    { type: "dense", units: 1, activation: "tanh", initializer: "xavier_uniform" },
  ],
  batch_size: 30,
  data: { name: "spiral", noise: 0.05 },
} as unknown as RunConfig;
const number = { kind: "number", default: 0 };
const catalog = {
  optimizers: [
    {
      name: "sgd",
      parameters: [
        { ...number, name: "learning_rate", title: "learning rate" },
        { ...number, name: "momentum", title: "momentum" },
        { name: "nesterov", title: "Nesterov", kind: "boolean" },
      ],
    },
  ],
  layers: [],
  datasets: [{ name: "spiral", parameters: [{ ...number, name: "noise", title: "noise" }] }],
  run: { parameters: [] },
} as unknown as Catalog;

describe("an axis as it is typed", () => {
  it.each([
    ["0.01 0.03, 1e-1", { path: "p", values: [0.01, 0.03, 0.1] }],
    ["relu tanh", { path: "p", values: ["relu", "tanh"] }],
    ["true false null", { path: "p", values: [true, false, null] }],
    ["0.001..1 log", { path: "p", low: 0.001, high: 1, scale: "log" }],
    ["4 to 64", { path: "p", low: 4, high: 64, scale: "linear" }],
  ])("%s", (text, axis) => {
    expect(readAxis({ path: "p", text })).toEqual(axis);
  });

  it.each(["", "  ", "a..b"])("says what to type instead of %j", (text) => {
    expect(readAxis({ path: "p", text })).toMatch(/like/);
  });

  it.each(["0.01 0.03", "relu tanh", "0.001..1 log", "4..64"])("reads %s back as it was written", (text) => {
    const axis = readAxis({ path: "p", text });
    expect(typeof axis === "string" ? axis : axisText(axis)).toBe(text);
  });
});

describe("what is offered", () => {
  it("begins with the numbers of the optimizer and the hidden layers together", () => {
    expect(offers(base, catalog).slice(0, 4)).toEqual([
      { path: "optimizer.learning_rate", title: "learning rate", text: "0.001 0.003 0.01 0.03 0.1" },
      { path: "optimizer.momentum", title: "momentum", text: "0 0.9" },
      { path: "layers[0,1].units", title: "units", text: "4 8 16" },
      { path: "layers[0].units", title: "units of layer 1", text: "4 8 16" },
    ]);
  });

  it("names an axis as it was offered, and any other by its path", () => {
    const offered = offers(base, catalog);
    expect([titleOfAxis("data.noise", offered), titleOfAxis("data.seed", offered)]).toEqual([
      "noise",
      "data.seed",
    ]);
  });
});
