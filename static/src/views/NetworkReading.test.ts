import { describe, expect, it } from "vitest";
import type { ProgramStep, Run, Value } from "../api/types";
import { layoutNetwork } from "../draw/networkLayout";
import { cellOf, type Reader, readScene, targetOf } from "./NetworkReading";

const LAYER = (n: number, units: number) => ({
  name: `dense${n}`,
  title: `dense ${n}`,
  units,
  activation: "tanh",
  z: `dense${n}.z`,
  a: `dense${n}.a`,
  parameters: [`dense${n}.weight`, `dense${n}.bias`],
});
const RUN = {
  features: ["x1", "x2"],
  classes: ["a", "b"],
  task: "classification",
  loss: { name: "mse" },
  layers: [LAYER(1, 2), LAYER(2, 1)],
} as unknown as Run;
const LAYOUT = layoutNetwork(RUN, 800, 500);
const STEPS = [
  ["batch", "batch", "x"],
  ["forward", "dense1", "dense1.z"],
  ["forward", "dense1", "dense1.a"],
  ["loss", "loss", "loss"],
  ["backward", "dense1", "dense1.a.grad"],
  ["backward", "dense1", "dense1.z.grad"],
  ["backward", "dense1", "dense1.weight.grad"],
  ["backward", "dense1", "dense1.bias.grad"],
  ["update", "dense1", "dense1.weight.update"],
  ["update", "dense1", "dense1.weight.next"],
].map(([phase, layer, output], index) => ({ index, phase, layer, output }) as unknown as ProgramStep);

/** A number that tells which value it is of. */
const numbersOf = (name: string): Value => ({ shape: [2, 2], data: Float64Array.of(name.length, 2, 3, 4) });

function readerAt(step: number, more: Partial<Reader> = {}) {
  const isKnown = (name: string) => STEPS.findIndex((s) => s.output === name) <= step;
  const reader: Reader & { cellOf(value: string, unit: number): { value: string; index: number[] } } = {
    run: RUN,
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
  const target = (value: string, ...index: number[]) => targetOf({ value, index }, LAYOUT);

  it("are one place in all their roles", () => {
    const edge = { kind: "edge", bundle: 1, j: 0, k: 1 };
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
      { kind: "bias", column: 1, unit: 1 },
      { kind: "unit", column: 0, unit: 1 },
      { kind: "loss" },
      { kind: "edge", bundle: 0, j: null, k: null },
      null,
    ]);
  });

  it("pin the gradient of a weight, and of a unit its activation or, on the way back, its delta", () => {
    const unit = { kind: "unit", column: 1, unit: 1 } as const;
    const edge = { kind: "edge", bundle: 0, j: 1, k: 0 } as const;
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
