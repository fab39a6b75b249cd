import { describe, expect, it } from "vitest";
import type { Value } from "../../api/types";
import { unravel } from "../../store/cells";
import { layoutNetwork } from "../layout/layoutNetwork";
import { NAMES } from "../testing/names";
import { denseLayers, runOf, stepsOf } from "../testing/runs";
import { cellOf, type Reader, readScene, targetOf } from "./readScene";

const RUN = runOf({ features: ["x1", "x2"], classes: ["a", "b"], layers: denseLayers(2, [2, 1]) });
const STEPS = stepsOf([
  ["batch", "batch", "x", [], [5, 2]],
  ["forward", "dense1", "dense1.z"],
  ["forward", "dense1", "dense1.a"],
  ["loss", "loss", "loss"],
  ["backward", "dense1", "dense1.a.grad"],
  ["backward", "dense1", "dense1.z.grad"],
  ["backward", "dense1", "dense1.weight.grad"],
  ["backward", "dense1", "dense1.bias.grad"],
  ["update", "dense1", "dense1.weight.update"],
  ["update", "dense1", "dense1.weight.next"],
]);
const LAYOUT = layoutNetwork(RUN, STEPS, 800, 500);

/** A number that tells which value it is of. */
const numbersOf = (name: string): Value => ({ shape: [2, 2], data: Float64Array.of(name.length, 2, 3, 4) });

function readerAt(step: number, more: Partial<Reader> = {}) {
  const isKnown = (name: string) => STEPS.findIndex((s) => s.output === name) <= step;
  const reader: Reader & Parameters<typeof cellOf>[0] = {
    run: RUN,
    names: NAMES,
    catalog: { activations: [] },
    step: STEPS[step]!,
    playing: false,
    settled: true,
    frame: { get: () => null, number: () => 0.25 },
    value: numbersOf,
    isKnown,
    current: (name) => (isKnown(`${name}.next`) && name === "dense1.weight" ? `${name}.next` : name),
    units: (name) => [name.length],
    weights: (name) => (name.endsWith("update") || name.endsWith("next") ? null : numbersOf(name)),
    cellOf: (value, unit) => ({ value, index: [0, unit] }),
    ...more,
  };
  return reader;
}
const firstLayer = (step: number, more: Partial<Reader> = {}) =>
  readScene(readerAt(step, more), LAYOUT).columns[1]!;
const firstWeights = (step: number, more: Partial<Reader> = {}) =>
  readScene(readerAt(step, more), LAYOUT).bundles[0]!;

describe("the scene at the cursor", () => {
  it("has no number whose step has not run", () => {
    const { z, values, arriving, delta } = firstLayer(1);
    expect({ z, values, arriving, delta }).toEqual({ z: [8], values: null, arriving: null, delta: null });
    expect(readScene(readerAt(2), LAYOUT).loss).toBeNull();
  });

  it("has the gradient that arrives before the one that gets through", () => {
    expect([firstLayer(4).arriving, firstLayer(4).delta, firstLayer(5).delta]).toEqual([[13], null, [13]]);
  });

  it("says which column the step is about, and in which phase", () => {
    const phases = (step: number) => readScene(readerAt(step), LAYOUT).columns.map(({ phase }) => phase);
    expect([phases(0), phases(5), phases(3)]).toEqual([
      ["batch", null, null, null],
      [null, "backward", null, null],
      [null, null, null, "loss"],
    ]);
  });

  it("shows the new weights and how they changed once their update has run", () => {
    const before = firstWeights(7);
    const after = firstWeights(9);
    expect([before.weight, before.change]).toEqual([numbersOf("dense1.weight"), null]);
    expect([after.weight, after.change]).toEqual([
      numbersOf("dense1.weight.next"),
      numbersOf("dense1.weight.update"),
    ]);
    expect([before.shows, firstWeights(6).shows, firstWeights(8).shows]).toEqual([
      "weight",
      "grad",
      "change",
    ]);
  });

  it("takes no update from the trace of another iteration", () => {
    expect(firstWeights(9, { settled: false }).change).toBeNull();
  });

  it("reads the loss of the frame while playing", () => {
    expect(readScene(readerAt(7, { playing: true }), LAYOUT).loss).toBe(0.25);
  });
});

describe("cells and where they are seen", () => {
  const target = (value: string, ...index: number[]) => targetOf({ value, index }, NAMES, LAYOUT);

  it("are one place in all their roles", () => {
    const edge = { kind: "edge", bundle: 1, weight: "dense2.weight", j: 0, k: 1 };
    for (const role of ["", ".grad", ".update", ".next", ".exp_avg.next"])
      expect(target(`dense2.weight${role}`, 0, 1)).toEqual(edge);
    const unit = { kind: "unit", column: 1, unit: 1 };
    for (const role of ["z", "a", "z.grad", "a.grad"]) expect(target(`dense1.${role}`, 5, 1)).toEqual(unit);
  });

  it("are a bias, an input, the loss, all of a matrix, or nowhere", () => {
    expect([
      target("dense1.bias.grad", 1),
      target("x", 3, 1),
      target("target", 3, 0),
      target("dense1.weight"),
      target("optimizer.learning_rate"),
    ]).toEqual([
      { kind: "bias", column: 1, bias: "dense1.bias", unit: 1 },
      { kind: "unit", column: 0, unit: 1 },
      { kind: "loss" },
      { kind: "edge", bundle: 0, weight: "dense1.weight", j: null, k: null },
      null,
    ]);
  });

  it("pin the gradient of a weight, and of a unit its activation or, on the way back, its delta", () => {
    const unit = { kind: "unit", column: 1, unit: 1 } as const;
    const edge = { kind: "edge", bundle: 0, weight: "dense1.weight", j: 1, k: 0 } as const;
    const pin = (step: number, at: typeof unit | typeof edge) =>
      cellOf(readerAt(step), LAYOUT, at, "pin").value;
    expect([pin(2, edge), pin(2, unit), pin(4, unit), pin(5, unit)]).toEqual([
      "dense1.weight.grad",
      "dense1.a",
      "dense1.a",
      "dense1.z.grad",
    ]);
    expect(cellOf(readerAt(5), LAYOUT, edge, "point")).toEqual({ value: "dense1.weight", index: [1, 0] });
  });
});

describe("images, sequences and normalizations", () => {
  const run = runOf({
    features: Array.from({ length: 18 }, (_, i) => `p${i}`),
    layers: [
      { type: "reshape", shape: [2, 3, 3] },
      { type: "conv2d", shape: [4, 2, 2], parameters: { weight: [4, 2, 2, 2], bias: [4] } },
      { type: "batch_norm", shape: [4, 2, 2], parameters: { weight: [4], bias: [4] } },
      { type: "dropout", shape: [4, 2, 2] },
    ],
  });
  const steps = stepsOf([
    ["batch", "batch", "x", [], [5, 18]],
    ["forward", "batch_norm1", "batch_norm1.mean", [], [4]],
    ["forward", "batch_norm1", "batch_norm1.normalized", [], [5, 4, 2, 2]],
    ["forward", "dropout1", "dropout1.mask", [], [5, 4, 2, 2]],
  ]);
  const layout = layoutNetwork(run, steps, 800, 500);
  const cellThere = (value: string, ...index: number[]) => targetOf({ value, index }, NAMES, layout);

  it("are found by the place of a cell in its value", () => {
    const weight = layout.bundles.findIndex((b) => b.weight === "conv2d1.weight");
    expect([
      cellThere("conv2d1.z.grad", 3, 2, 1, 0),
      cellThere("conv2d1.weight.grad", 3, 1, 0, 1),
      cellThere("batch_norm1.weight", 2),
      cellThere("batch_norm1.mean", 2),
    ]).toEqual([
      { kind: "unit", column: 2, unit: 2 * 4 + 2 },
      { kind: "edge", bundle: weight, weight: "conv2d1.weight", j: 3, k: 4 + 1 },
      { kind: "edge", bundle: weight + 1, weight: "batch_norm1.weight", j: 2, k: 0 },
      { kind: "unit", column: 3, unit: null },
    ]);
  });

  it("are pinned as the cells that they are", () => {
    const bundle = layout.bundles.findIndex((b) => b.weight === "conv2d1.weight");
    const edge = { kind: "edge", bundle, weight: "conv2d1.weight", j: 3, k: 5 } as const;
    const cellOfUnit = (value: string, unit: number, shape: readonly number[]) => ({
      value,
      index: [0, ...unravel(shape, unit)],
    });
    const reader = readerAt(2, { cellOf: cellOfUnit } as Partial<Reader>);
    expect([
      cellOf(reader, layout, edge, "pin"),
      cellOf(reader, layout, { kind: "unit", column: 2, unit: 10 }, "pin"),
    ]).toEqual([
      { value: "conv2d1.weight.grad", index: [3, 1, 0, 1] },
      { value: "conv2d1.a", index: [0, 2, 1, 0] },
    ]);
  });

  it("have the batch's statistics as they are, the sample's mask by itself", () => {
    const scene = readScene(readerAt(2, { isKnown: () => true }), layout);
    const { statistics } = scene.columns[3]!;
    expect(statistics.map(({ title, numbers }) => [title, Array.from(numbers)])).toEqual([
      ["mean", [16, 2, 3, 4]],
      ["normalized", ["batch_norm1.normalized".length]],
    ]);
    expect(scene.columns[4]!.mask).toEqual(["dropout1.mask".length]);
  });
});

describe("a recurrent layer", () => {
  const run = runOf({
    features: ["a", "b", "c"],
    layers: [
      { type: "reshape", shape: [3, 1] },
      { type: "lstm", shape: [2], parameters: { weight_ih: [8, 1], weight_hh: [8, 2] } },
    ],
  });
  const steps = stepsOf([
    ["batch", "batch", "x", [], [5, 3]],
    ["forward", "lstm1", "lstm1.h1", [], [5, 2]],
    ["forward", "lstm1", "lstm1.h2", [], [5, 2]],
    ["forward", "lstm1", "lstm1.h3", [], [5, 2]],
  ]);
  const layout = layoutNetwork(run, steps, 800, 500);

  it("has the states that it has come to, and none of those to come", () => {
    const isKnown = (name: string) => /h[12]$/.test(name);
    const { columns } = readScene(
      readerAt(2, { isKnown, units: (name) => [Number(name.at(-1)), 0.5] }),
      layout,
    );
    expect(Array.from(columns[2]!.values!)).toEqual([1, 0.5, 2, 0.5, Number.NaN, Number.NaN]);
  });

  it("means by a cell the state of that moment", () => {
    const units = ["lstm1.h2", "lstm1.h2.grad", "lstm1.i2", "lstm1.z2"].map((value) =>
      targetOf({ value, index: [4, value.endsWith("z2") ? 5 : 1] }, NAMES, layout),
    );
    expect(units).toEqual(new Array(4).fill({ kind: "unit", column: 2, unit: 3 }));
    expect(cellOf(readerAt(2), layout, { kind: "unit", column: 2, unit: 3 }, "point").value).toBe("lstm1.h2");
  });
});
