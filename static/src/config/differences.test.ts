import { expect, it } from "vitest";
import type { RunConfig } from "../api/types";
import { courseName } from "./differences";

const BASE = {
  batch_size: 10,
  optimizer: { type: "sgd", learning_rate: 0.1 },
  layers: [{ units: 4 }, { units: 1, activation: "tanh" }],
  clip: null,
  edits: [{ iteration: 3, set: { "optimizer.learning_rate": 0.2 } }],
};
const rate = { iteration: 32, set: { "optimizer.learning_rate": 0.5 } };
const weight = { iteration: 7, parameter: "dense1.weight", index: [0, 1], value: -2 };

it.each([
  [{ edits: [...BASE.edits, rate] }, {}, "learning rate 0.5 from 32"],
  [{ edits: [...BASE.edits, weight] }, {}, "dense1.weight[1, 2] = −2 from 7"],
  [{}, { edits: [...BASE.edits, rate] }, "without the change at 32"],
  [{ batch_size: 20 }, {}, "batch size 20"],
  [{ batch_size: null }, {}, "no batch size"],
  [{ clip: { norm: 1 } }, {}, "other clip"],
  [{ layers: [{ units: 4 }] }, {}, "other layers"],
  [
    { layers: [{ units: 8 }, { units: 1, activation: "leaky_relu" }] },
    {},
    "layer 1 units 8, layer 2 activation leaky relu",
  ],
  [
    { batch_size: 20, edits: [...BASE.edits, rate, weight] },
    {},
    "batch size 20, learning rate 0.5 from 32 and 1 more",
  ],
])("names a course by what sets it apart: %j", (course, from, name) => {
  const [a, b] = [
    { ...BASE, ...course },
    { ...BASE, ...from },
  ] as unknown as [RunConfig, RunConfig];
  expect(courseName(a, b)).toBe(name);
});
