import { describe, expect, it } from "vitest";
import type { Run, ValueName } from "../api/types";
import { nameOf } from "../common/valueNames";
import { NAMES } from "../network/testing/names";
import { cellCode, placeOf, rolesOf } from "./cellPlaces";

describe("cells in code", () => {
  it("have Python's own indices, counted from nought", () => {
    const symbols = { "dense2.weight.grad": { latex: "", code: "dW2" } };
    expect(cellCode(symbols, { value: "dense2.weight.grad", index: [2, 1] })).toBe("dW2[2, 1]");
  });
});

describe("names in the dock", () => {
  const picture = { table: "" };
  const run = {
    config: { features: ["x1", "x2^2"] },
    task: "classification",
    classes: ["a", "b", "c"],
    features: ["petal length", "petal width"],
    tokens: ["a", "b", "c"],
    parameters: [{ name: "rnn1.weight_hh", shape: [8, 8] }],
    layers: [
      { name: "dense1", title: "dense 1", input: "x", picture, shape: [4] },
      { name: "dense2", title: "dense 2", input: "dense1.a", picture, shape: [2] },
      { name: "conv2d1", title: "conv2d 1", input: "reshape1.a", picture, shape: [4, 6, 6] },
      { name: "batch_norm1", title: "batch norm 1", input: "dense2.a", picture, shape: [2] },
      { name: "rnn1", title: "rnn 1", input: "x", picture, shape: [8, 3] },
      { name: "embedding1", title: "embedding 1", input: "x", picture: { table: "tokens" }, shape: [8, 3] },
      { name: "dense3", title: "dense 3", input: "features.a", picture, shape: [3], units: 3 },
    ],
  } as unknown as Run;

  it("say where a cell is, with the inputs' own names", () => {
    expect([
      placeOf(run, nameOf(NAMES, "dense1.weight"), [3, 1]),
      placeOf(run, nameOf(NAMES, "dense2.weight"), [1, 3]),
      placeOf(run, nameOf(NAMES, "dense2.bias"), [1]),
      placeOf(run, nameOf(NAMES, "dense2.z"), [4, 0]),
      placeOf(run, nameOf(NAMES, "x"), [4, 1]),
      placeOf(run, nameOf(NAMES, "loss"), []),
      placeOf(run, nameOf(NAMES, "optimizer.learning_rate"), []),
    ]).toEqual([
      "dense 1, from petal width to unit 4",
      "dense 2, from unit 4 to unit 2",
      "dense 2, bias of unit 2",
      "dense 2 unit 1, sample 5 of the batch",
      "petal width, sample 5 of the batch",
      "loss of the batch",
      "optimizer learning rate",
    ]);
  });

  it("call classes, features and tokens what the picture calls them", () => {
    const named = (layer: string, key: string) => ({
      ...nameOf(NAMES, "dense1.z"),
      subject: `${layer}.${key}`,
      layer,
      key,
    });
    expect([
      placeOf(run, named("dense3", "z"), [4, 1]),
      placeOf(run, named("dense3", "bias"), [1]),
      placeOf(run, named("dense3", "weight"), [1, 1]),
      placeOf(run, named("features", "a"), [4, 1]),
      placeOf(run, named("embedding1", "weight"), [2, 0]),
    ]).toEqual([
      "dense 3 unit 2, b, sample 5 of the batch",
      "dense 3, bias of unit 2, b",
      "dense 3, from x₂² to unit 2, b",
      "feature x₂², sample 5 of the batch",
      "embedding 1, token c, unit 1",
    ]);
  });

  it("say where in an image, a kernel or a sequence", () => {
    expect([
      placeOf(run, nameOf(NAMES, "conv2d1.z"), [4, 1, 2, 3]),
      placeOf(run, nameOf(NAMES, "conv2d1.weight"), [3, 0, 1, 2]),
      placeOf(run, nameOf(NAMES, "conv2d1.bias"), [3]),
      placeOf(run, nameOf(NAMES, "batch_norm1.weight"), [1]),
      placeOf(run, nameOf(NAMES, "batch_norm1.mean"), [1]),
      placeOf(run, nameOf(NAMES, "rnn1.a"), [0, 4, 2]),
    ]).toEqual([
      "conv2d 1 channel 2, row 3, column 4, sample 5 of the batch",
      "conv2d 1, kernel from channel 1 to channel 4, row 2, column 3",
      "conv2d 1, bias of channel 4",
      "batch norm 1, scale of unit 2",
      "batch norm 1, mean 2",
      "rnn 1 position 5, unit 3, sample 1 of the batch",
    ]);
  });

  it("say of a recurrent layer's matrix which state goes where, of a state its time, of attention who looks at whom", () => {
    const last = {
      ...run,
      layers: [
        { name: "rnn1", title: "rnn 1", input: "x", picture, shape: [8] },
        { name: "attention1", title: "attention 1", input: "x", picture, shape: [4, 8] },
      ],
    } as unknown as Run;
    const named = (layer: string, key: string, number?: number) =>
      ({
        subject: `${layer}.${key}${number ?? ""}`,
        layer,
        key,
        moment: number ? { number, piece: null, held: false } : null,
        derived: "",
        gradient: "",
        part: null,
        next: false,
      }) as ValueName;
    expect([
      placeOf(last, named("rnn1", "weight_hh"), [1, 1]),
      placeOf(last, named("rnn1", "h", 5), [3, 2]),
      placeOf(last, named("attention1", "weights"), [3, 0, 2, 5]),
    ]).toEqual([
      "rnn 1, weight hh from state 2 to unit 2",
      "rnn 1 time 5, unit 3, sample 4 of the batch",
      "attention 1, head 1: position 3 looks at 6, sample 4 of the batch",
    ]);
  });

  it("offer of a unit its z, its a and both gradients, of a frozen weight no update", () => {
    expect(rolesOf(nameOf(NAMES, "dense2.a"), () => true).map(({ value }) => value)).toEqual([
      "dense2.z",
      "dense2.a",
      "dense2.a.grad",
      "dense2.z.grad",
    ]);
    const frozen = rolesOf(nameOf(NAMES, "dense2.weight"), (value) => !value.endsWith(".update"));
    expect(frozen.map(({ title }) => title)).toEqual(["w", "gradient"]);
  });
});
