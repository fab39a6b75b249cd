import type { Phase, ProgramStep } from "../api/types";

/** From fine to coarse; up and down move along this list. */
export const GRANULARITIES = ["term", "step", "layer", "phase", "iteration", "epoch"] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** `step` has just run: its output is the newest known value. */
export interface Cursor {
  iteration: number;
  step: number;
}

type Key = (step: ProgramStep) => string;
const GROUPS: { [granularity: string]: Key } = {
  step: (step) => String(step.index),
  layer: (step) => `${step.phase} ${step.layer}`,
  phase: (step) => step.phase,
};

/** Index of the last step of the group that step k is in. */
function groupEnd(steps: readonly ProgramStep[], k: number, key: Key): number {
  let end = k;
  while (end + 1 < steps.length && key(steps[end + 1]!) === key(steps[k]!)) end++;
  return end;
}

function groupStart(steps: readonly ProgramStep[], k: number, key: Key): number {
  let start = k;
  while (start > 0 && key(steps[start - 1]!) === key(steps[k]!)) start--;
  return start;
}

function stepForward(steps: readonly ProgramStep[], cursor: Cursor, key: Key): Cursor {
  const over = cursor.step + 1 >= steps.length;
  const first = over ? 0 : cursor.step + 1;
  return { iteration: cursor.iteration + (over ? 1 : 0), step: groupEnd(steps, first, key) };
}

/** Un-does one group; before the first one comes the end of the previous iteration. */
function stepBack(steps: readonly ProgramStep[], cursor: Cursor, key: Key): Cursor {
  const end = groupStart(steps, cursor.step, key) - 1;
  if (end >= 0) return { iteration: cursor.iteration, step: end };
  return cursor.iteration > 0
    ? { iteration: cursor.iteration - 1, step: steps.length - 1 }
    : { iteration: 0, step: 0 };
}

function epochAway(t: number, perEpoch: number, direction: 1 | -1): number {
  const edge = direction > 0 ? Math.floor(t / perEpoch) + 1 : Math.ceil(t / perEpoch) - 1;
  return Math.max(0, edge * perEpoch);
}

/** Where one step of this size leads. Every step back lands where a step forward could have come from. */
export function moved(
  steps: readonly ProgramStep[],
  cursor: Cursor,
  granularity: Granularity,
  direction: 1 | -1,
  perEpoch: number,
): Cursor {
  if (granularity === "iteration") return { ...cursor, iteration: Math.max(0, cursor.iteration + direction) };
  if (granularity === "epoch")
    return { ...cursor, iteration: epochAway(cursor.iteration, perEpoch, direction) };
  const key = GROUPS[granularity] ?? GROUPS.step!;
  return direction > 0 ? stepForward(steps, cursor, key) : stepBack(steps, cursor, key);
}

/** The last step of a phase, or of the phases before it if the program has none of it. */
export function endOfPhase(steps: readonly ProgramStep[], phase: Phase): number {
  return steps.findLastIndex((step) => step.phase === phase);
}
