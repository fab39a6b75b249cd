import { describe, expect, it } from "vitest";
import type { Catalog } from "../api/types";
import { said } from "./errorMessages";

const named = (name: string, title: string) => ({ name, title, parameters: [] });
const none = { datasets: [], activations: [], optimizers: [], initializers: [], schedules: [] };
const CATALOG = {
  ...none,
  layers: [named("dense", "dense"), named("batch_norm", "batch norm")],
  activations: [named("tanh", "tanh"), named("leaky_relu", "leaky ReLU")],
  losses: [named("mse", "mean squared error"), named("cross_entropy", "cross-entropy")],
  run: {
    parameters: [named("batch_size", "batch size")],
    clip: { ...named("clip", "clipping"), parameters: [named("parameter_norm", "by norm")] },
  },
} as unknown as Catalog;

describe("what the server refuses", () => {
  it.each([
    ["clip is by one of value, parameter_norm", "clip is by one of value, by norm"],
    ["batch_size is at least 1; given -1.0", "batch size is at least 1; given \u22121"],
    [
      "cross_entropy needs one unit a class, mse does not",
      "cross-entropy needs one unit a class, mean squared error does not",
    ],
    [
      "batch_norm2 takes one input; batch_norm2.scale is 4.",
      "batch norm 2 takes one input; batch_norm2.scale is 4.",
    ],
    ["dense3 has 1 unit; dense3.weight is 3x4.", "dense 3 has 1 unit; dense3.weight is 3x4."],
    [
      "at most 2048. `backscope --limit batch_size=-1` raises it",
      "at most 2048. `backscope --limit batch_size=-1` raises it",
    ],
    ["tanh ends at 1.05, 10-5-1", "tanh ends at 1.05, 10-5-1"],
    ["no_such_thing is 1e-3", "no_such_thing is 1e-3"],
  ])("reads as the studio speaks: %s", (message, words) => {
    expect(said(message, CATALOG)).toBe(words);
  });

  it("stays as it is before the catalog is here", () => {
    expect(said("batch_size is missing", null)).toBe("batch_size is missing");
  });
});
