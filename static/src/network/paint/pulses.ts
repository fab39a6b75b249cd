import type { ProgramStep } from "../../api/types";
import { isGradient, type Names, subjectOf } from "../../common/valueNames";
import { pointOn } from "../layout/edgeCurve";
import { pointOnWay } from "../layout/skipConnections";
import type { Bundle, Layout } from "../layout/types";
import { drawnPairs } from "./edges";
import type { Context, Flow, Picture, Pulse } from "./picture";
import { pulseRadius } from "./scales";
import { isBlocked } from "./scene";
import { largestIn } from "./unitMaps";

/** One step takes this long to be seen, several together no longer than the second number, in milliseconds. */
const QUICK = 200;
const LONGEST = 600;
/** How far in front of a unit its gradient is seen coming. */
const APPROACH = 16;

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

const NONE: Flow = { kind: "none" };

export function flowOf(step: ProgramStep, names: Names, layout: Layout): Flow {
  const { output, phase, layer, inputs } = step;
  const into = layout.bundles.filter(({ to }) => to.name === layer);
  if (phase === "forward" || phase === "loss")
    return along(
      into.filter(({ from }) => inputs.includes(from.value)),
      false,
    );
  if (phase !== "backward" || !isGradient(names, output) || step.op === "accumulate") return NONE;
  const value = subjectOf(names, output);
  const gate = layout.columns.find((c) => c.name === layer && c.node.z === value);
  if (gate) return { kind: "gate", column: gate.index };
  return along(
    into.filter(({ from }) => from.value === value),
    true,
  );
}

const along = (bundles: readonly Bundle[], back: boolean): Flow =>
  bundles.length ? { kind: "edges", bundles: bundles.map(({ index }) => index), back } : NONE;

/** The pulses of the steps between two places of one iteration; `from` is -1 before the first step. */
export function journey(
  steps: readonly ProgramStep[],
  names: Names,
  layout: Layout,
  from: number,
  to: number,
): Journey {
  const crossed = steps.slice(Math.min(from, to) + 1, Math.max(from, to) + 1);
  const duration = Math.min(QUICK * crossed.length, LONGEST);
  const share = duration / Math.max(1, crossed.length);
  const legs = crossed.map((step, at) => ({
    flow: flowOf(step, names, layout),
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
    const { flow } = pulse;
    const part = eased(pulse.progress);
    context.fillStyle = pulse.phase === "backward" ? picture.colours.backward : picture.colours.forward;
    if (flow.kind === "edges")
      for (const at of flow.bundles) drawAlong(context, picture, at, part, flow.back);
    if (flow.kind === "gate") drawGate(context, picture, flow.column, part);
  }
}

function drawAlong(context: Context, picture: Picture, at: number, part: number, back: boolean): void {
  const bundle = picture.layout.bundles[at]!;
  const t = back ? 1 - part : part;
  const drawn = drawnPairs(bundle);
  if (drawn) drawDots(context, picture, bundle, t, back, drawn);
  else if (bundle.kind === "skip") drawAround(context, picture, bundle, t, back);
  else drawSweep(context, bundle, t);
}

/** On a way around one pulse goes for all units, as large as the largest of them. */
function drawAround(context: Context, { scene }: Picture, bundle: Bundle, t: number, back: boolean): void {
  const { x, y } = pointOnWay(bundle.way, t);
  const carried = back ? scene.bundles[bundle.index]!.ride : scene.columns[bundle.from.index]!.values;
  dot(context, x, y, pulseRadius(largestIn(carried ?? [])));
}

function drawDots(
  context: Context,
  picture: Picture,
  bundle: Bundle,
  t: number,
  back: boolean,
  drawn: (j: number, k: number) => boolean,
): void {
  for (const j of bundle.to.ys.keys())
    for (const k of bundle.from.ys.keys()) {
      if (!drawn(j, k)) continue;
      const { x, y } = pointOn(bundle, j, k, t);
      dot(context, x, y, pulseRadius(carried(picture, bundle, j, k, back)));
    }
}

/** Forward a line carries the value of the unit it comes from; back, the δ of the one it went to. */
function carried(
  { scene }: Picture,
  { index, from, to, kind }: Bundle,
  j: number,
  k: number,
  back: boolean,
): number {
  if (!back) return scene.columns[from.index]!.values?.[k] ?? 0;
  if (kind === "edges") return scene.columns[to.index]!.delta?.[j] ?? 0;
  return scene.bundles[index]!.ride?.[k] ?? 0;
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
