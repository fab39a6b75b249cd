import { describe, expect, it } from "vitest";
import type { Derivation, Factor, Run } from "../api/types";
import { placeOf, rolesOf } from "./cellPlaces";
import { batchSum, cellCode, cellLatex, chainLinks } from "./cellSymbols";

const SYMBOLS = {
  x: { latex: "x", code: "x" },
  loss: { latex: "L", code: "loss" },
  "dense1.a": { latex: "a^{(1)}", code: "a1" },
  "dense2.weight": { latex: "W^{(2)}", code: "W2" },
  "dense2.weight.grad": { latex: String.raw`\frac{\partial L}{\partial W^{(2)}}`, code: "dW2" },
  "dense2.z": { latex: "z^{(2)}", code: "z2" },
  "dense2.a": { latex: "a^{(2)}", code: "a2" },
};
const part = (above: string, below: string) => String.raw`\frac{\partial ${above}}{\partial ${below}}`;
const factor = (value: string | null, index: number[], symbol: string, number = 0.5): Factor => ({
  value,
  index,
  number,
  symbol,
  cell: null,
});
const chainOf = (...factors: Factor[]) =>
  ({ value: "dense2.weight.grad", index: [2, 1], chain: { factors } }) as unknown as Derivation;

const INCOMING = factor("dense2.a.grad", [3, 2], part("L", "a^{(2)}_{43}"));
const SLOPE = factor("dense2.a", [3, 2], "1 - {a^{(2)}_{43}}^{2}");
const LOCAL = factor("dense1.a", [3, 1], "a^{(1)}_{42}");

describe("symbols of cells", () => {
  it("count from one and write one number of a matrix in lower case", () => {
    expect(cellLatex(SYMBOLS, "dense2.weight", [2, 1])).toBe("w^{(2)}_{32}");
    expect(cellLatex(SYMBOLS, "dense2.weight.grad", [2, 1])).toBe(part("L", "w^{(2)}_{32}"));
    expect(cellLatex(SYMBOLS, "loss", [])).toBe("L");
  });

  it("keep indices of two digits apart", () => {
    expect(cellLatex(SYMBOLS, "dense1.a", [9, 0])).toBe(String.raw`a^{(1)}_{10,\,1}`);
  });

  it("are Python's in code, counted from nought", () => {
    expect(cellCode(SYMBOLS, { value: "dense2.weight.grad", index: [2, 1] })).toBe("dW2[2, 1]");
  });
});

describe("the chain rule of one sample", () => {
  it("names the three derivatives and leaves the sample's index out", () => {
    const links = chainLinks(SYMBOLS, chainOf(INCOMING, SLOPE, LOCAL));
    expect(links.map(({ derivative, expression }) => [derivative, expression])).toEqual([
      [part("L", "a^{(2)}_{3}"), ""],
      [part("a^{(2)}_{3}", "z^{(2)}_{3}"), "1 - {a^{(2)}_{3}}^{2}"],
      [part("z^{(2)}_{3}", "w^{(2)}_{32}"), "a^{(1)}_{2}"],
    ]);
  });

  it("says that the slope of the identity is one", () => {
    const links = chainLinks(SYMBOLS, chainOf(INCOMING, LOCAL));
    expect(links.map(({ factor }) => factor.number)).toEqual([0.5, 1, 0.5]);
    expect(links[1]!.derivative).toBe(part("a^{(2)}_{3}", "z^{(2)}_{3}"));
  });

  it("starts at the unit's z where the activation mixes units", () => {
    const delta = factor("dense2.z.grad", [3, 2], part("L", "z^{(2)}_{43}"));
    const links = chainLinks(SYMBOLS, chainOf(delta, LOCAL));
    expect(links.map(({ derivative }) => derivative)).toEqual([
      part("L", "z^{(2)}_{3}"),
      part("z^{(2)}_{3}", "w^{(2)}_{32}"),
    ]);
  });

  it("is a sum over the batch with the sample as its index", () => {
    const delta = factor("dense2.z.grad", [0, 2], part("L", "z^{(2)}_{13}"));
    const input = factor("dense1.a", [0, 1], "a^{(1)}_{12}");
    const derivation = { ...chainOf(), terms: [{ factors: [delta, input], product: 1 }] } as Derivation;
    expect(batchSum(SYMBOLS, derivation)).toBe(
      String.raw`${part("L", "w^{(2)}_{32}")} = \sum_{n} ${part("L", "z^{(2)}_{n3}")} \cdot a^{(1)}_{n2}`,
    );
  });
});

describe("names in the dock", () => {
  const run = {
    features: ["petal length", "petal width"],
    layers: [
      { name: "dense1", title: "dense 1", input: "x", shape: [4] },
      { name: "dense2", title: "dense 2", input: "dense1.a", shape: [2] },
      { name: "conv2d1", title: "conv2d 1", input: "reshape1.a", shape: [4, 6, 6] },
      { name: "batch_norm1", title: "batch norm 1", input: "dense2.a", shape: [2] },
      { name: "rnn1", title: "rnn 1", input: "x", shape: [8, 3] },
    ],
  } as unknown as Run;

  it("say where a cell is, with the inputs' own names", () => {
    expect([
      placeOf(run, "dense1.weight", [3, 1]),
      placeOf(run, "dense2.weight", [1, 3]),
      placeOf(run, "dense2.bias", [1]),
      placeOf(run, "dense2.z", [4, 0]),
      placeOf(run, "x", [4, 1]),
      placeOf(run, "loss", []),
      placeOf(run, "optimizer.learning_rate", []),
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

  it("say where in an image, a kernel or a sequence", () => {
    expect([
      placeOf(run, "conv2d1.z", [4, 1, 2, 3]),
      placeOf(run, "conv2d1.weight", [3, 0, 1, 2]),
      placeOf(run, "conv2d1.bias", [3]),
      placeOf(run, "batch_norm1.weight", [1]),
      placeOf(run, "batch_norm1.mean", [1]),
      placeOf(run, "rnn1.a", [0, 4, 2]),
    ]).toEqual([
      "conv2d 1 channel 2, row 3, column 4, sample 5 of the batch",
      "conv2d 1, kernel from channel 1 to channel 4, row 2, column 3",
      "conv2d 1, bias of channel 4",
      "batch norm 1, scale of unit 2",
      "batch norm 1, mean 2",
      "rnn 1 position 5, unit 3, sample 1 of the batch",
    ]);
  });

  it("offer of a unit its z, its a and both gradients, of a frozen weight no update", () => {
    expect(rolesOf("dense2.a", () => true).map(({ value }) => value)).toEqual([
      "dense2.z",
      "dense2.a",
      "dense2.a.grad",
      "dense2.z.grad",
    ]);
    const frozen = rolesOf("dense2.weight", (value) => !value.endsWith(".update"));
    expect(frozen.map(({ title }) => title)).toEqual(["w", "gradient"]);
  });
});
