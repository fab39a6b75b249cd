import type { Point } from "./layout/edgeCurve";
import { pointOn } from "./layout/edgeCurve";
import type { Target } from "./layout/target";
import type { Bundle, Column, Layout } from "./layout/types";

/** A part of the way of a path: along a line that is drawn, or straight where none is. */
export interface Leg {
  from: Point;
  to: Point;
  /** Where it leaves the one column and reaches the next: between them it bends as their edges do. */
  leaves: number;
  reaches: number;
}

/** A factor of a path, where it acts. */
export interface Mark extends Point {
  number: number;
}

/** A path from a weight to the loss as it lies in the picture. */
export interface PathLine {
  legs: Leg[];
  marks: Mark[];
  end: Point;
}

interface Stop {
  column: Column;
  point: Point;
}
/** Marks stand at least so far apart. */
const APART = 15;

const middleOf = ({ ys }: Column) => (ys[0]! + ys.at(-1)!) / 2;
function pointOf(column: Column, unit: number | null): Point {
  const single = column.kind === "units" || column.kind === "loss";
  return {
    x: column.x,
    y: single && unit !== null ? (column.ys[unit] ?? middleOf(column)) : middleOf(column),
  };
}

/** The places that a path goes through: of an edge both of its ends. */
function stopsOf(target: Target | null, layout: Layout): Stop[] {
  const at = (column: Column, unit: number | null) => ({
    column,
    point: pointOf(column, unit),
  });
  if (target?.kind === "loss") return [at(layout.columns.at(-1)!, 0)];
  if (target?.kind === "unit" || target?.kind === "bias" || target?.kind === "look")
    return [at(layout.columns[target.column]!, target.kind === "look" ? null : target.unit)];
  if (target?.kind !== "edge" || target.j === null) return [];
  const { from, to, kind, offset } = layout.bundles[target.bundle]!;
  const source = kind === "direct" ? target.j - offset : (target.k ?? 0);
  return from.kind === "units" && to.kind === "units"
    ? [at(from, source), at(to, target.j)]
    : [at(to, target.j)];
}

/** Half-way along an edge. */
function middleOfEdge({ j, k, bundle }: Extract<Target, { kind: "edge" }>, layout: Layout): Point | null {
  const found: Bundle = layout.bundles[bundle]!;
  const there = j !== null && k !== null && found.to.ys[j] !== undefined && found.from.ys[k] !== undefined;
  return there ? pointOn(found, j, k, 0.5) : null;
}

/** Where a factor acts: a weight on its edge, a slope at its unit; null where the picture has no place for it. */
function placeOf(target: Target | null, layout: Layout): Point | null {
  if (target?.kind === "edge") return middleOfEdge(target, layout);
  return target?.kind === "unit" ? (stopsOf(target, layout)[0]?.point ?? null) : null;
}

/**
 * The way of a path through the picture, and its factors on it. What acts between two layers, as what a loss multiplies
 * by, stands on the way from the one to the other.
 */
export function pathLine(
  cells: readonly (Target | null)[],
  factors: readonly { number: number; target: Target | null }[],
  layout: Layout,
): PathLine | null {
  const stops = cells.flatMap((target) => stopsOf(target, layout));
  const way = stops.filter(({ point }, i) => i === 0 || point.x > stops[i - 1]!.point.x);
  const end = way.at(-1)?.point;
  if (way.length < 2 || !end) return null;
  const legs = way.slice(1).map((stop, i) => legOf(way[i]!, stop));
  return { legs, marks: marksOf(factors, legs, layout), end };
}

const legOf = (from: Stop, to: Stop): Leg => ({
  from: from.point,
  to: to.point,
  leaves: from.point.x + from.column.width / 2,
  reaches: to.point.x - to.column.width / 2,
});

const heightAt = (legs: readonly Leg[], x: number): number => {
  const { from, to, leaves, reaches } = legs.find((leg) => x <= leg.to.x) ?? legs.at(-1)!;
  const t = Math.max(0, Math.min(1, (x - leaves) / (reaches - leaves || 1)));
  return from.y + (to.y - from.y) * t * t * (3 - 2 * t);
};

function marksOf(
  factors: readonly { number: number; target: Target | null }[],
  legs: readonly Leg[],
  layout: Layout,
): Mark[] {
  const [start, end] = [legs[0]!.from.x, legs.at(-1)!.to.x];
  const wanted = factors.map(({ target }) => placeOf(target, layout)?.x ?? null);
  // The order of the factors is that of the way: who would stand before the one before has no place of its own.
  const xs: (number | null)[] = [];
  let last = start;
  for (const [i, x] of wanted.entries()) {
    const first = i === 0 && x === start ? null : x;
    xs.push(first !== null && first > last + 1 ? first : null);
    last = xs.at(-1) ?? last;
  }
  return factors.map(({ number }, i) => {
    const x = xs[i] ?? between(xs, i, start, end);
    return { number, x, y: heightAt(legs, x) };
  });
}

/** Evenly between the neighbours that have a place. */
function between(xs: readonly (number | null)[], i: number, start: number, end: number): number {
  let [before, after] = [i - 1, i + 1];
  while (before >= 0 && xs[before] === null) before--;
  while (after < xs.length && xs[after] === null) after++;
  const [low, high] = [xs[before] ?? start, after < xs.length ? xs[after]! : end];
  return low + ((high - low) * (i - before)) / (after - before);
}

/** Labels that would meet step aside, up and down in turn. */
export function apart(marks: readonly Mark[], width: number): Mark[] {
  const placed: Mark[] = [];
  for (const mark of marks) {
    let y = mark.y;
    for (
      let turn = 1;
      placed.some((other) => Math.abs(other.x - mark.x) < width && Math.abs(other.y - y) < APART);
      turn++
    )
      y = mark.y + (turn % 2 ? -1 : 1) * Math.ceil(turn / 2) * APART;
    placed.push({ ...mark, y });
  }
  return placed;
}

/** A leg as an SVG path, bent as edges are. */
export function legPath({ from, to, leaves, reaches }: Leg): string {
  const middle = (leaves + reaches) / 2;
  return `M${from.x},${from.y}H${leaves}C${middle},${from.y} ${middle},${to.y} ${reaches},${to.y}H${to.x}`;
}
