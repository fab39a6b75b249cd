import { expect, it } from "vitest";
import type { Json, RunConfig } from "../../api/types";
import { alike, differing, told } from "./differing";
import { sidesIn } from "./sides";

const settings = (...entries: [path: string, here: Json, there: Json][]) =>
  entries.map(([path, here, there]) => ({ path, here, there })) as never;

it("names settings with their value in every run, those that a run shares with the first too", () => {
  const found = differing([
    settings(["optimizer.learning_rate", 0.1, 0.2], ["loss", "mse", "smooth_l1"]),
    settings(["optimizer.type", "sgd", "adam"], ["loss.type", null, null]),
  ]);
  expect(found).toEqual([
    { title: "learning rate", values: ["0.1", "0.2", "0.1"] },
    { title: "loss", values: ["mse", "smooth l1", "mse"] },
    { title: "optimizer", values: ["sgd", "sgd", "adam"] },
  ]);
});

it("folds layers that differ alike into one line", () => {
  const layers = [0, 1, 2, 3].map((i): [string, Json, Json] => [`layers[${i}].activation`, "tanh", "relu"]);
  expect(
    differing([settings(...layers, ["layers[9].units", 1, 2], ["layers[3].type", "dense", "dropout"])]),
  ).toEqual([
    { title: "layers 1 to 4 activation", values: ["tanh", "relu"] },
    { title: "layer 10 units", values: ["1", "2"] },
    { title: "layer 4", values: ["dense", "dropout"] },
  ]);
});

it("lists what all runs share: no setting that only one of them has otherwise, and layers alike in one line", () => {
  const config = {
    loss: "mse",
    clip: null,
    layers: [1, 2, 3].map(() => ({ type: "dense", units: 6 })),
    optimizer: { type: "sgd", learning_rate: 0.1 },
    data: { split: [0.5, 0.5] },
    seed: 0,
    edits: [],
  } as unknown as RunConfig;
  const found = alike(config, [
    settings(["seed", 0, 1]),
    settings(["optimizer.learning_rate", 0.1, 0.2], ["loss", "mse", null]),
  ]);
  expect([found.length, told(found)]).toEqual([
    10,
    [
      { title: "clip", values: ["–"] },
      { title: "layers 1 to 3", values: ["dense"] },
      { title: "layers 1 to 3 units", values: ["6"] },
      { title: "optimizer", values: ["sgd"] },
      { title: "data split", values: ["[0.5,0.5]"] },
      { title: "edits", values: ["[]"] },
    ],
  ]);
});

it.each([
  [null, null],
  [{ runs: [{ config: {} }] }, null],
  [{ runs: [{ config: {} }, { config: 3 }] }, null],
  [
    { runs: [{ name: "a", config: {} }, { config: {} }], iteration: -1, to: 1e9 },
    {
      runs: [
        { name: "a", config: {} },
        { name: "run", config: {} },
      ],
      iteration: 0,
      to: 20_000,
    },
  ],
])("of a link only what has the shape of runs side by side is opened: %j", (raw, sides) => {
  expect(sidesIn(raw)).toEqual(sides);
});

it("of one run alone a place can be a landscape, with the rates that its own was chosen from", () => {
  const raw = {
    runs: [
      { name: "Adam", config: {}, rates: [0.1, 0.3] },
      { config: {}, rates: ["a"] },
    ],
    iteration: 9,
  };
  expect(sidesIn(raw, 1)).toEqual({
    runs: [
      { name: "Adam", config: {}, rates: [0.1, 0.3] },
      { name: "run", config: {} },
    ],
    iteration: 9,
    to: 9,
  });
  expect([sidesIn({ runs: [{ config: {} }] }, 1)?.runs.length, sidesIn({ runs: [] }, 1)]).toEqual([1, null]);
});
