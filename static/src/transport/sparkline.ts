import type { Palette } from "../common/colour";
import { pixels } from "../common/runEvents";

/** Where a series is drawn: iterations across the width, losses up the height. */
export interface Plot {
  width: number;
  height: number;
  /** Iteration at the right edge. */
  end: number;
  low: number;
  high: number;
}

/** Range of the finite losses; the few largest are cut off, so that a first spike does not flatten the rest. */
export function lossRange(series: readonly (readonly number[])[]): { low: number; high: number } {
  const finite = series.flat().filter(Number.isFinite);
  if (finite.length === 0) return { low: 0, high: 1 };
  finite.sort((a, b) => a - b);
  const high = finite[Math.ceil((finite.length - 1) * 0.995)]!;
  const low = Math.min(0, finite[0]!);
  return { low, high: high > low ? high : low + 1 };
}

/** At most two points a pixel column, its least and its greatest: no peak is lost, nothing is drawn twice. */
export function columns(
  loss: readonly number[],
  to: number,
  plot: Plot,
): [x: number, low: number, high: number][] {
  const last = Math.min(loss.length - 1, to);
  const perPixel = Math.max(1, plot.end / Math.max(1, plot.width));
  const out: [number, number, number][] = [];
  for (let at = 0; at <= last; ) {
    const next = Math.max(at + 1, Math.ceil((Math.floor(at / perPixel) + 1) * perPixel));
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = at; i < next && i <= last; i++) {
      const x = loss[i]!;
      if (Number.isNaN(x)) continue;
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    if (low <= high) out.push([(at / Math.max(1, plot.end)) * plot.width, low, high]);
    at = next;
  }
  return out;
}

function line(context: CanvasRenderingContext2D, loss: readonly number[], to: number, plot: Plot): void {
  const y = (x: number) =>
    (1 - (Math.min(x, plot.high) - plot.low) / (plot.high - plot.low)) * (plot.height - 2) + 1;
  context.beginPath();
  for (const [x, low, high] of columns(loss, to, plot)) {
    context.lineTo(x, y(high));
    if (low !== high) context.lineTo(x, y(low));
  }
  context.stroke();
}

/** Of a tick where clipping acted. */
const TICK = 4;

function ticks(context: CanvasRenderingContext2D, iterations: readonly number[], plot: Plot): void {
  for (const x of pixels(iterations, plot.end, plot.width))
    context.fillRect(x - 0.5, plot.height - TICK, 1, TICK);
}

/** The loss of the run as a line up to `reach`, those of the runs it left behind it, pale; where clipping acted, ticks. */
export function drawHistory(
  context: CanvasRenderingContext2D,
  loss: readonly number[],
  reach: number,
  ghosts: readonly (readonly number[])[],
  clipped: readonly number[],
  plot: Plot,
  colours: Palette,
): void {
  context.clearRect(0, 0, plot.width, plot.height);
  context.lineWidth = 1;
  context.lineJoin = "round";
  context.setLineDash([3, 3]);
  context.strokeStyle = colours.mute;
  for (const ghost of ghosts) line(context, ghost, plot.end, plot);
  context.setLineDash([]);
  context.fillStyle = colours.update;
  ticks(context, clipped, plot);
  context.strokeStyle = colours.ink;
  line(context, loss, reach, plot);
}
