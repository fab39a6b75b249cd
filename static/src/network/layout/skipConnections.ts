import { signOf } from "./connections";
import type { NetNode } from "./modelGraph";
import type { Column, Point } from "./types";

/** Height of the lane that a way around other columns runs in. */
export const LANE = 16;
/** How far before a unit its operator stands, and the operator's radius. */
export const BEFORE = 14;
export const RADIUS = 7;

/** Ways into one column without an operator stay this far apart. */
const APART = 7;

/** The lane, from 1, of every way around other columns: those that pass the same gap have lanes of their own. */
export function lanesOf(nodes: readonly NetNode[]): Map<string, number> {
  const taken: { lane: number; start: number; end: number }[] = [];
  const lanes = new Map<string, number>();
  for (const to of nodes)
    for (const from of nodes) {
      if (!to.inputs.includes(from.value) || to.depth - from.depth < 2) continue;
      const [start, end] = [from.depth, to.depth];
      let lane = 1;
      while (taken.some((t) => t.lane === lane && t.start < end && start < t.end)) lane++;
      taken.push({ lane, start, end });
      lanes.set(laneKey(from.name, to.name), lane);
    }
  return lanes;
}

export const laneKey = (from: string, to: string): string => `${from} ${to}`;

/** Below the columns: out of the source's foot, or beside it where another stands below; up to where it is taken. */
export function wayAround(
  columns: readonly Column[],
  from: Column,
  to: Column,
  lane: number,
  bottom: number,
  entry: number,
): Point[] {
  const out = footOf(columns, from);
  const foot = bottom + LANE * lane - 2;
  const rim = to.x - to.width / 2;
  const sign = signOf(to.node) !== "";
  const x = rim - BEFORE - (sign ? 0 : (lane - 1) * APART);
  const way = [out, { x: out.x, y: foot }, { x, y: foot }, { x, y: entry }];
  return sign ? way : [...way, { x: rim - 2, y: entry }];
}

function footOf(columns: readonly Column[], { node, x, width, ys, bottom, index }: Column): Point {
  const below = columns.some((c) => c.index !== index && c.node.depth === node.depth && c.bottom > bottom);
  if (!below) return { x, y: bottom + 2 };
  return { x: x + width / 2 + BEFORE, y: ys[Math.floor(ys.length / 2)]! };
}

/** Where the operator of each entry of a column stands: at its units, or once for a whole image or strip. */
export function operatorPoints({ kind, x, width, ys }: Column): Point[] {
  const at = x - width / 2 - BEFORE;
  if (kind === "units") return ys.map((y) => ({ x: at, y }));
  return [{ x: at, y: (ys[0]! + ys.at(-1)!) / 2 }];
}

export const wayLength = (way: readonly Point[]): number =>
  way.slice(1).reduce((sum, p, i) => sum + Math.hypot(p.x - way[i]!.x, p.y - way[i]!.y), 0);

/** The point after a part of a way, 0 to 1. */
export function pointOnWay(way: readonly Point[], part: number): Point {
  let left = part * wayLength(way);
  for (let i = 1; i < way.length; i++) {
    const [a, b] = [way[i - 1]!, way[i]!];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    if (left <= length && length > 0)
      return { x: a.x + ((b.x - a.x) * left) / length, y: a.y + ((b.y - a.y) * left) / length };
    left -= length;
  }
  return way.at(-1)!;
}

/** How far a point is from a way. */
export function distanceTo(way: readonly Point[], { x, y }: Point): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 1; i < way.length; i++) {
    const [a, b] = [way[i - 1]!, way[i]!];
    const square = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
    const part = square ? ((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / square : 0;
    const held = Math.max(0, Math.min(1, part));
    best = Math.min(best, Math.hypot(a.x + held * (b.x - a.x) - x, a.y + held * (b.y - a.y) - y));
  }
  return best;
}
