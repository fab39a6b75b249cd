import { lookBox, unitBox, wholeBox } from "./boxes";
import type { Point } from "./edgeCurve";
import type { Box, Column, Layout } from "./types";

/** How far a tip moves away from where it would stand, and in which steps, in pixels. */
const FURTHEST = 240;
const STEP = 8;
/** What a pixel of distance weighs against a square pixel of what would be covered. */
const DISTANCE = 2;
/** Above this stands the sample picker, which is always in front. */
const TOP = 42;
/** A tip over another one hides all that it says. */
const OTHER = 4;
/** Widths of a value with its name, and of a pill with δ. */
const WRITTEN = 66;
const PILL = 62;
const LINE = 15;

/** What is written and drawn in the picture, apart from edges: what a tip should not cover. */
export const occupied = ({ columns }: Layout): Box[] => columns.flatMap(columnBoxes);

function columnBoxes(column: Column): Box[] {
  if (column.grid) return [wholeBox(column), ...looksOf(column)];
  if (column.kind === "strip") return [];
  return column.ys.flatMap((_, unit) => {
    const box = unitBox(column, unit);
    return [box, ...written(column, box)];
  });
}

const looksOf = (column: Column) =>
  column.looks ? Array.from({ length: column.looks.maps }, (_, head) => lookBox(column, head)) : [];

/** The lines below a unit with the pill behind or above them; the names beside one. */
function written({ labels, pills, aside, kind, name }: Column, box: Box): Box[] {
  const below = box.y + box.height + 3;
  if (kind === "loss") return [{ x: box.x - 8, y: below, width: box.width + 16, height: 2 * LINE }];
  if (labels === "none") return [];
  const x = name === "input" ? box.x - aside - 8 : box.x + box.width + 8;
  if (labels === "side") return [{ x, y: box.y, width: aside, height: box.height }];
  const height = labels === "full" ? 2 * LINE + 2 : LINE;
  const wide = WRITTEN + (pills === "inline" && name !== "input" ? PILL : 0);
  const pill = { x: box.x + box.width - 8, y: box.y - 18, width: PILL, height: 17 };
  const label = { x: box.x - 2, y: below, width: wide, height };
  return pills === "above" && name !== "input" ? [label, pill] : [label];
}

const shared = (a0: number, a1: number, b0: number, b1: number) =>
  Math.max(0, Math.min(a1, b1) - Math.max(a0, b0));
const overlap = (a: Box, b: Box) =>
  shared(a.x, a.x + a.width, b.x, b.x + b.width) * shared(a.y, a.y + a.height, b.y, b.y + b.height);

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
  const taken = occupied(layout);
  const last = { x: layout.width - size.width - 6, y: layout.height - size.height - 6 };
  const held = (x: number, y: number) => ({
    x: Math.max(6, Math.min(last.x, x)),
    y: Math.max(TOP, Math.min(last.y, y)),
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
