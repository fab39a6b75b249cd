import { describe, expect, it } from "vitest";
import { layoutNetwork } from "../layout/layoutNetwork";
import { NAMES } from "../testing/names";
import { painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { denseLayers, denseRun, runOf, stepsOf } from "../testing/runs";
import { drawPulses, flowOf, journey, pulsesAt } from "./pulses";
import { isBlocked } from "./scene";

const STEPS = stepsOf([
  ["batch", "batch", "x", [], [5, 2]],
  ["forward", "dense1", "dense1.z", ["x", "dense1.weight"]],
  ["forward", "dense1", "dense1.a", ["dense1.z"]],
  ["forward", "dense2", "dense2.z", ["dense1.a", "dense2.weight"]],
  ["loss", "loss", "loss", ["dense2.a", "target"]],
  ["backward", "loss", "dense2.a.grad"],
  ["backward", "dense2", "dense2.z.grad"],
  ["backward", "dense2", "dense2.weight.grad"],
  ["backward", "dense2", "dense1.a.grad"],
  ["backward", "dense1", "x.grad"],
  ["update", "dense1", "dense1.weight.next"],
]);
const LAYOUT = layoutNetwork(denseRun(["x1", "x2"], 2, 2), STEPS, 800, 500);

/** Twice the same way around: x to its own sum with what dense made of it. */
const AROUND = stepsOf([
  ["forward", "add1", "add1.a", ["x", "dense1.a"], [10, 2]],
  ["backward", "add1", "x.grad.1"],
  ["backward", "add1", "dense1.a.grad"],
  ["backward", "dense1", "x.grad.2"],
  ["backward", "dense1", "x.grad", [], [], "accumulate"],
]);
const RESIDUAL = layoutNetwork(
  runOf({
    features: ["x1", "x2"],
    layers: [...denseLayers(2, [2]), { type: "add", shape: [2], inputs: ["x", "dense1"] }],
  }),
  AROUND,
  800,
  500,
);

describe("what moves when a step runs", () => {
  it("goes right along the edges forward, left on the way back, through the units at an activation", () => {
    const none = { kind: "none" };
    expect(STEPS.map((s) => flowOf(s, NAMES, LAYOUT))).toEqual([
      none,
      { kind: "edges", bundles: [0], back: false },
      none,
      { kind: "edges", bundles: [1], back: false },
      { kind: "edges", bundles: [2], back: false },
      { kind: "edges", bundles: [2], back: true },
      { kind: "gate", column: 2 },
      none,
      { kind: "edges", bundles: [1], back: true },
      { kind: "edges", bundles: [0], back: true },
      none,
    ]);
  });

  it("goes both ways of a sum, and back along each of them by itself", () => {
    expect(AROUND.map((s) => flowOf(s, NAMES, RESIDUAL))).toEqual([
      { kind: "edges", bundles: [1, 2], back: false },
      { kind: "edges", bundles: [1], back: true },
      { kind: "edges", bundles: [2], back: true },
      { kind: "edges", bundles: [0], back: true },
      { kind: "none" },
    ]);
    expect(RESIDUAL.bundles.map(({ back }) => back)).toEqual(["x.grad.2", "x.grad.1", "dense1.a.grad", ""]);
  });

  it("takes 200 ms for one step and never more than 600 for many", () => {
    const durations = [
      [0, 1],
      [0, 3],
      [-1, 10],
    ].map(([from, to]) => journey(STEPS, NAMES, LAYOUT, from!, to!).duration);
    expect(durations).toEqual([200, 600, 600]);
  });

  it("runs one step after the other", () => {
    const way = journey(STEPS, NAMES, LAYOUT, 0, 2);
    expect(pulsesAt(way, 300).map(({ output, progress }) => [output, progress])).toEqual([
      ["dense1.z", 1],
      ["dense1.a", 0.5],
    ]);
  });

  it("un-happens the other way round", () => {
    const way = journey(STEPS, NAMES, LAYOUT, 2, 0);
    expect(way.reversed).toBe(true);
    expect(pulsesAt(way, 50).map(({ progress }) => progress)).toEqual([1, 0.75]);
  });
});

describe("a unit", () => {
  const scene = (arriving: number[] | null, through: number[] | null) =>
    ({ arriving, through }) as Parameters<typeof isBlocked>[0];

  it("blocks where a gradient arrives and nothing gets through", () => {
    expect([0, 1, 2].map((unit) => isBlocked(scene([0.3, 0.3, 0], [0, 0.2, 0]), unit))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("blocks nothing before its slope has been applied", () => {
    expect(isBlocked(scene([0.3], null), 0)).toBe(false);
  });
});

describe("a pulse", () => {
  const layout = tidy(denseRun(["x1", "x2"], 1), STEPS);
  const along = (back: boolean, progress: number) => ({
    flow: { kind: "edges", bundles: [0], back } as const,
    phase: back ? ("backward" as const) : ("forward" as const),
    output: "",
    progress,
  });
  const pulses = (shown: Shown) => painted((context) => drawPulses(context, pictureOf(layout, shown)));

  it("goes forward to the right as large as the value it carries, and not at all where that is nothing", () => {
    const columns = { 0: { values: [1, 0] } };
    expect([0.25, 0.75].map((at) => pulses({ pulses: [along(false, at)], columns }))).toEqual([
      ["fill forward: circle 76.13,40 r6"],
      ["fill forward: circle 123.87,40 r6"],
    ]);
  });

  it("goes back to the left in the backward phase's colour, with the gradient of the unit it came from", () => {
    const columns = { 1: { delta: [1e-3] } };
    expect([0.25, 0.75].map((at) => pulses({ pulses: [along(true, at)], columns }))).toEqual([
      ["fill backward: circle 123.87,40 r3.75", "fill backward: circle 123.87,42.62 r3.75"],
      ["fill backward: circle 76.13,40 r3.75", "fill backward: circle 76.13,77.38 r3.75"],
    ]);
  });

  it("is not drawn before it starts and after it has arrived", () => {
    expect(
      pulses({ pulses: [along(false, 0), along(false, 1)], columns: { 0: { values: [1, 1] } } }),
    ).toEqual([]);
  });

  it("shrinks in its unit to what gets through, and stops before one that is dead", () => {
    const gate = { flow: { kind: "gate", column: 1 }, phase: "backward", output: "", progress: 0.5 } as const;
    const through = (delta: number[]) =>
      pulses({ pulses: [gate], columns: { 1: { arriving: [1], delta, through: delta } } });
    expect([through([1e-6]), through([0])]).toEqual([
      ["fill backward: circle 163,40 r3.75"],
      ["fill backward: circle 170,40 r6"],
    ]);
  });
});
