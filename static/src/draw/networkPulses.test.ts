import { describe, expect, it } from "vitest";
import type { ProgramStep, Run } from "../api/types";
import { layoutNetwork } from "./networkLayout";
import { flowOf, journey, pulsesAt } from "./networkPulses";
import { isBlocked } from "./networkScene";

const LAYER = { activation: "relu", units: 2 };
const RUN = {
  features: ["x1", "x2"],
  classes: [],
  loss: { name: "mse" },
  layers: [
    { ...LAYER, name: "dense1", title: "dense 1", a: "dense1.a" },
    { ...LAYER, name: "dense2", title: "dense 2", a: "dense2.a" },
  ],
} as unknown as Run;
const LAYOUT = layoutNetwork(RUN, 800, 500);
const step = (phase: string, layer: string, output: string) => ({ phase, layer, output }) as ProgramStep;
const STEPS = [
  step("batch", "batch", "x"),
  step("forward", "dense1", "dense1.z"),
  step("forward", "dense1", "dense1.a"),
  step("forward", "dense2", "dense2.z"),
  step("loss", "loss", "loss"),
  step("backward", "loss", "dense2.a.grad"),
  step("backward", "dense2", "dense2.z.grad"),
  step("backward", "dense2", "dense2.weight.grad"),
  step("backward", "dense2", "dense1.a.grad"),
  step("backward", "dense1", "x.grad"),
  step("update", "dense1", "dense1.weight.next"),
];

describe("what moves when a step runs", () => {
  it("goes right along the edges forward, left on the way back, through the units at an activation", () => {
    const none = { kind: "none" };
    expect(STEPS.map((s) => flowOf(s, LAYOUT))).toEqual([
      none,
      { kind: "edges", bundle: 0, back: false },
      none,
      { kind: "edges", bundle: 1, back: false },
      { kind: "edges", bundle: 2, back: false },
      { kind: "edges", bundle: 2, back: true },
      { kind: "gate", column: 2 },
      none,
      { kind: "edges", bundle: 1, back: true },
      { kind: "edges", bundle: 0, back: true },
      none,
    ]);
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
  const scene = (arriving: number[] | null, delta: number[] | null) =>
    ({ arriving, delta }) as Parameters<typeof isBlocked>[0];

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
