import type { Phase, ProgramStep } from "../api/types";
import { pointOn } from "./networkCurve";
import type { Bundle, Layout } from "./networkLayout";
import type { Context, Picture } from "./networkPicture";
import { pulseRadius } from "./networkScale";
import { isBlocked } from "./networkScene";

/** One step takes this long to be seen, several together no longer than the second number, in milliseconds. */
const QUICK = 200;
const LONGEST = 600;
/** How far in front of a unit its gradient is seen coming. */
const APPROACH = 16;

/** What moves when a step runs: numbers along the edges of a gap, a gradient through the units of a layer, nothing. */
export type Flow =
  | { kind: "edges"; bundle: number; back: boolean }
  | { kind: "gate"; column: number }
  | { kind: "none" };

export interface Pulse {
  flow: Flow;
  phase: Phase;
  output: string;
  /** 0 before it starts, 1 when it has arrived. */
  progress: number;
}

/** A pulse between two moments, in milliseconds from the start. */
export interface Leg extends Omit<Pulse, "progress"> {
  start: number;
  end: number;
}
export interface Journey {
  legs: Leg[];
  duration: number;
  /** Played the other way round: the steps are un-done. */
  reversed: boolean;
}

export function flowOf(step: ProgramStep, layout: Layout): Flow {
  const { output } = step;
  const edges = (bundle: number, back: boolean): Flow =>
    bundle < 0 ? { kind: "none" } : { kind: "edges", bundle, back };
  if (step.phase === "loss") return edges(layout.bundles.length - 1, false);
  if (step.phase === "forward" && output.endsWith(".z"))
    return edges(
      layout.bundles.findIndex((b) => b.to.name === step.layer),
      false,
    );
  if (step.phase !== "backward") return { kind: "none" };
  if (output.endsWith(".z.grad"))
    return { kind: "gate", column: layout.columns.findIndex((c) => c.name === step.layer) };
  return edges(
    layout.bundles.findIndex((b) => `${b.from.value}.grad` === output),
    true,
  );
}

/** The pulses of the steps between two places of one iteration; `from` is -1 before the first step. */
export function journey(steps: readonly ProgramStep[], layout: Layout, from: number, to: number): Journey {
  const crossed = steps.slice(Math.min(from, to) + 1, Math.max(from, to) + 1);
  const duration = Math.min(QUICK * crossed.length, LONGEST);
  const share = duration / Math.max(1, crossed.length);
  const legs = crossed.map((step, at) => ({
    flow: flowOf(step, layout),
    phase: step.phase,
    output: step.output,
    start: at * share,
    end: (at + 1) * share,
  }));
  return { legs, duration, reversed: to < from };
}

/** Where everything on a journey is after so many milliseconds. */
export function pulsesAt({ legs, duration, reversed }: Journey, elapsed: number): Pulse[] {
  const now = reversed ? duration - elapsed : elapsed;
  return legs.map(({ start, end, ...pulse }) => ({
    ...pulse,
    progress: Math.max(0, Math.min(1, (now - start) / (end - start))),
  }));
}

const eased = (t: number) => t * t * (3 - 2 * t);

export function drawPulses(context: Context, picture: Picture): void {
  for (const pulse of picture.pulses) {
    if (pulse.progress <= 0 || pulse.progress >= 1) continue;
    context.fillStyle = pulse.phase === "backward" ? picture.colours.backward : picture.colours.forward;
    if (pulse.flow.kind === "edges") drawAlong(context, picture, pulse.flow, eased(pulse.progress));
    if (pulse.flow.kind === "gate") drawGate(context, picture, pulse.flow.column, eased(pulse.progress));
  }
}

function drawAlong(
  context: Context,
  picture: Picture,
  { bundle: at, back }: { bundle: number; back: boolean },
  part: number,
): void {
  const bundle = picture.layout.bundles[at]!;
  const t = back ? 1 - part : part;
  if (bundle.kind === "matrix" || bundle.kind === "tiles") drawSweep(context, bundle, t);
  else drawDots(context, picture, at, t, back);
}

function drawDots(context: Context, picture: Picture, at: number, t: number, back: boolean): void {
  const bundle = picture.layout.bundles[at]!;
  for (let j = 0; j < bundle.to.units; j++)
    for (let k = 0; k < bundle.from.units; k++) {
      const { x, y } = pointOn(bundle, j, k, t);
      dot(context, x, y, pulseRadius(carried(picture, at, j, k, back)));
    }
}

/** Forward an edge carries the value of the unit it comes from; back, the δ of the one it went to. */
function carried({ scene, layout }: Picture, at: number, j: number, k: number, back: boolean): number {
  const from = scene.columns[at]!;
  if (!back) return from.values?.[k] ?? 0;
  const toLoss = layout.bundles[at]!.kind === "loss";
  return (toLoss ? from.arriving?.[k] : scene.columns[at + 1]!.delta?.[j]) ?? 0;
}

/** Through a matrix all rows go at once. */
function drawSweep(context: Context, { x0, x1, box }: Bundle, t: number): void {
  context.globalAlpha = 0.7;
  context.fillRect(x0 + (x1 - x0) * t - 1.5, box.y, 3, box.height);
  context.globalAlpha = 1;
}

/** ∂L/∂a comes up to each unit, δ is what gets through its slope: less at a saturated unit, nothing at a dead one. */
function drawGate(context: Context, { layout, scene }: Picture, at: number, part: number): void {
  const column = layout.columns[at]!;
  const { arriving, delta } = scene.columns[at]!;
  if (column.kind !== "units" || !arriving || !delta) return;
  const rim = column.x + column.width / 2;
  for (let unit = 0; unit < column.units; unit++) {
    const blocked = isBlocked(scene.columns[at]!, unit);
    const end = blocked ? rim + 4 : column.x;
    const [before, after] = [pulseRadius(arriving[unit]!), pulseRadius(delta[unit]!)];
    const radius = blocked ? before : before + (after - before) * part;
    dot(context, rim + APPROACH + (end - rim - APPROACH) * part, column.ys[unit]!, radius);
  }
}

function dot(context: Context, x: number, y: number, radius: number): void {
  if (radius === 0) return;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
