import { describe, expect, it } from "vitest";
import { layoutNetwork } from "../layout/layoutNetwork";
import { denseLayers, denseRun, runOf, stepsOf } from "../testing/runs";
import { flowOf, journey, pulsesAt } from "./pulses";
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
    expect(STEPS.map((s) => flowOf(s, LAYOUT))).toEqual([
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
    expect(AROUND.map((s) => flowOf(s, RESIDUAL))).toEqual([
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
    ].map(([from, to]) => journey(STEPS, LAYOUT, from!, to!).duration);
    expect(durations).toEqual([200, 600, 600]);
  });

  it("runs one step after the other", () => {
    const way = journey(STEPS, LAYOUT, 0, 2);
    expect(pulsesAt(way, 300).map(({ output, progress }) => [output, progress])).toEqual([
      ["dense1.z", 1],
      ["dense1.a", 0.5],
    ]);
  });

  it("un-happens the other way round", () => {
    const way = journey(STEPS, LAYOUT, 2, 0);
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
