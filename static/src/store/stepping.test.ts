import { describe, expect, it } from "vitest";
import type { Phase, ProgramStep } from "../api/types";
import { endOfPhase, type Granularity, moved } from "./stepping";

const step = (index: number, phase: Phase, layer: string) => ({ index, phase, layer }) as ProgramStep;
/** batch | dense1 dense1 dense2 | loss | loss dense2 dense1 dense1 | update update */
const STEPS = [
  step(0, "batch", "batch"),
  step(1, "forward", "dense1"),
  step(2, "forward", "dense1"),
  step(3, "forward", "dense2"),
  step(4, "loss", "loss"),
  step(5, "backward", "loss"),
  step(6, "backward", "dense2"),
  step(7, "backward", "dense1"),
  step(8, "backward", "dense1"),
  step(9, "update", "dense1"),
  step(10, "update", "dense2"),
];
const go = (at: [number, number], size: Granularity, direction: 1 | -1) => {
  const { iteration, step } = moved(STEPS, { iteration: at[0], step: at[1] }, size, direction, 14);
  return [iteration, step];
};

describe("moving in time", () => {
  it("goes one step on, and over into the next iteration", () => {
    expect([go([3, 4], "step", 1), go([3, 10], "step", 1)]).toEqual([
      [3, 5],
      [4, 0],
    ]);
  });

  it("un-does one step, and goes back over into the last step of the iteration before", () => {
    expect([go([3, 5], "step", -1), go([3, 0], "step", -1)]).toEqual([
      [3, 4],
      [2, 10],
    ]);
  });

  it("stops at the very start", () => {
    expect([go([0, 0], "step", -1), go([0, 0], "phase", -1), go([0, 2], "iteration", -1)]).toEqual([
      [0, 0],
      [0, 0],
      [0, 2],
    ]);
  });

  it("lands on the last step of a layer or phase in both directions", () => {
    expect([
      go([0, 0], "layer", 1),
      go([0, 7], "layer", -1),
      go([0, 4], "phase", 1),
      go([0, 6], "phase", -1),
    ]).toEqual([
      [0, 2],
      [0, 6],
      [0, 8],
      [0, 4],
    ]);
  });

  it("goes by epochs to their borders and keeps the step", () => {
    expect([
      go([20, 4], "epoch", 1),
      go([20, 4], "epoch", -1),
      go([28, 4], "epoch", -1),
      go([3, 4], "epoch", -1),
    ]).toEqual([
      [28, 4],
      [14, 4],
      [14, 4],
      [0, 4],
    ]);
  });

  it.each(["step", "layer", "phase"] as const)(
    "walks back by %s over exactly the places it came by",
    (size) => {
      const forth = [[2, 0]];
      for (let i = 0; i < 12; i++) forth.push(go(forth.at(-1) as [number, number], size, 1));
      const back = [forth.at(-1)!];
      for (let i = 0; i < 12; i++) back.push(go(back.at(-1) as [number, number], size, -1));
      expect(back.reverse()).toEqual(forth);
    },
  );

  it("finds where a phase ends", () => {
    expect([endOfPhase(STEPS, "backward"), endOfPhase(STEPS, "update")]).toEqual([8, 10]);
  });
});
