import type { Box, Layout, Point } from "../layout/types";
import { occupied, overlap, titleEnd } from "../layout/written";
import { captionBoxes } from "../paint/captions";

/** How far a tip moves away from where it would stand, and in which steps, in pixels. */
const FURTHEST = 240;
const STEP = 8;
/** What a pixel of distance weighs against a square pixel of what would be covered. */
const DISTANCE = 2;
/** Above this stands the sample picker, which is always in front; titles may end lower. */
const TOP = 42;
const BELOW_TITLES = 2;
/** A tip over another one hides all that it says. */
const OTHER = 4;

/** A tip that stands further than this from what it is about is joined to it by a line. */
const NEAR = 20;

/** From what the tip is about to the tip's nearest point; null where nobody would doubt what it belongs to. */
export function leader(at: Point, tip: Box): [Point, Point] | null {
  const held = (x: number, low: number, size: number) => Math.max(low, Math.min(low + size, x));
  const end = { x: held(at.x, tip.x, tip.width), y: held(at.y, tip.y, tip.height) };
  return Math.hypot(end.x - at.x, end.y - at.y) > NEAR ? [at, end] : null;
}

/**
 * Where a tip of this size stands: as near to `wanted` (its upper left corner) as it can without covering anything, the
 * `other` tip least of all.
 */
export function placeTip(
  layout: Layout,
  wanted: Point,
  size: { width: number; height: number },
  other: Box | null = null,
): Point {
  const taken = [...occupied(layout), ...captionBoxes(layout)];
  const top = Math.max(TOP, titleEnd(layout) + BELOW_TITLES);
  const last = { x: layout.width - size.width - 6, y: layout.height - size.height - 6 };
  const held = (x: number, y: number) => ({
    x: Math.max(6, Math.min(last.x, x)),
    y: Math.max(top, Math.min(last.y, y)),
  });
  const distance = (at: Point) => DISTANCE * Math.hypot(at.x - wanted.x, at.y - wanted.y);
  const covered = (at: Point) => {
    const tip = { ...at, ...size };
    return taken.reduce((sum, box) => sum + overlap(tip, box), other ? OTHER * overlap(tip, other) : 0);
  };
  let best = held(wanted.x, wanted.y);
  let least = covered(best) + distance(best);
  for (let dx = -FURTHEST; dx <= FURTHEST; dx += STEP)
    for (let dy = -FURTHEST; dy <= FURTHEST; dy += STEP) {
      const at = held(wanted.x + dx, wanted.y + dy);
      const way = distance(at);
      if (way >= least) continue;
      const price = way + covered(at);
      if (price < least) [best, least] = [at, price];
    }
  return best;
}
