import type { Bundle } from "./types";

/** Height along an edge, 0 to 1, at parameter t: level at both ends. */
const rise = (t: number) => t * t * (3 - 2 * t);
/** How far across an edge is at parameter t: a cubic with its handles half-way. */
const run = (t: number) => 1.5 * t * (1 - t) * (1 - t) + 1.5 * t * t * (1 - t) + t * t * t;

/** The parameter at which all edges of a gap are `part` of the way across. */
function parameterAt(part: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 24; i++) {
    const middle = (low + high) / 2;
    if (run(middle) < part) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface Point {
  x: number;
  y: number;
}

/** The point `t` along the edge from unit k to unit j. */
export function pointOn(bundle: Bundle, j: number, k: number, t: number): Point {
  const [y0, y1] = [bundle.from.ys[k]!, bundle.to.ys[j]!];
  return { x: bundle.x0 + (bundle.x1 - bundle.x0) * run(t), y: y0 + (y1 - y0) * rise(t) };
}

/** The same at a given x: where a label of the edge sits. */
export const pointAt = (bundle: Bundle, j: number, k: number, x: number): Point =>
  pointOn(bundle, j, k, parameterAt((x - bundle.x0) / (bundle.x1 - bundle.x0)));

/** Adds the edge to the path. */
export function trace(context: CanvasRenderingContext2D, bundle: Bundle, j: number, k: number): void {
  const { x0, x1 } = bundle;
  const [y0, y1] = [bundle.from.ys[k]!, bundle.to.ys[j]!];
  const middle = (x0 + x1) / 2;
  context.moveTo(x0, y0);
  context.bezierCurveTo(middle, y0, middle, y1, x1, y1);
}

export interface EdgeHit {
  j: number;
  k: number;
  distance: number;
}

/** The edge nearest to a point, if one is within `reach`; `drawn` says which edges are there. */
export function edgeNear(
  bundle: Bundle,
  at: Point,
  reach: number,
  drawn: (j: number, k: number) => boolean,
): EdgeHit | null {
  const width = bundle.x1 - bundle.x0;
  if (at.x < bundle.x0 || at.x > bundle.x1 || width <= 0) return null;
  const t = parameterAt((at.x - bundle.x0) / width);
  const [up, slope] = [rise(t), slopeAt(t) / width];
  let best: EdgeHit | null = null;
  for (let j = 0; j < bundle.to.ys.length; j++)
    for (let k = 0; k < bundle.from.ys.length; k++) {
      const climb = bundle.to.ys[j]! - bundle.from.ys[k]!;
      const off = Math.abs(at.y - bundle.from.ys[k]! - climb * up) / Math.hypot(1, climb * slope);
      if (off <= reach && off < (best?.distance ?? Infinity) && drawn(j, k)) best = { j, k, distance: off };
    }
  return best;
}

/** d rise / d run. */
function slopeAt(t: number): number {
  const across = 1.5 * (1 - 2 * t) + 3 * t * t;
  return (6 * t * (1 - t)) / Math.max(0.05, across);
}
