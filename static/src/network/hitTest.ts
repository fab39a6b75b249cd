import {
  barBox,
  inside,
  kernelBox,
  lookBox,
  lookCell,
  mapBox,
  partAt,
  rowBox,
  tileBox,
  unitBox,
  weightBox,
} from "./layout/boxes";
import { edgeNear } from "./layout/edgeCurve";
import { sizeOf } from "./layout/modelGraph";
import { distanceTo, pointOnWay } from "./layout/skipConnections";
import type { Target } from "./layout/target";
import { unfolds } from "./layout/target";
import type { Box, Bundle, Column, Layout, Point } from "./layout/types";
import { drawnPairs } from "./paint/edges";
import { biasPoint } from "./paint/unitMarks";

/** How near to an edge counts as on it, in pixels. */
const REACH = 7;

/** Small units are hit a little beside them too: at least this far from their centre. */
const LEAST = 10;

/** What is drawn at a point: units and biases first, then matrices, then the nearest edge. */
export function hit(layout: Layout, at: Point, pinned: Target | null): Target | null {
  return hitColumns(layout, at) ?? hitBundles(layout, at, pinned);
}

function hitColumns(layout: Layout, at: Point): Target | null {
  for (const column of layout.columns) {
    const bias = column.kind === "strip" || column.grid ? barAt(column, at) : null;
    if (bias !== null) return { kind: "bias", column: column.index, bias: column.bias, unit: bias };
    const look = column.looks ? lookAt(column, at) : null;
    if (look !== null) return { kind: "look", column: column.index, unit: look };
    const unit = column.grid ? cellAt(column, at) : unitAt(column, at);
    if (unit !== null)
      return column.kind === "loss" ? { kind: "loss" } : { kind: "unit", column: column.index, unit };
  }
  return null;
}

function barAt(column: Column, at: Point): number | null {
  if (!column.bias) return null;
  const found = column.ys.findIndex((_, channel) => {
    const { x, y, height } = barBox(column, channel);
    return inside({ x: x - 2, y, width: 8, height }, at.x, at.y);
  });
  return found < 0 ? null : found;
}

function unitAt({ x, width, height, kind, ys }: Column, at: Point): number | null {
  if (Math.abs(at.x - x) > Math.max(LEAST, width / 2)) return null;
  const reach = kind === "strip" ? height / 2 : Math.max(LEAST, height / 2);
  const unit = nearest(ys, at.y);
  return Math.abs(ys[unit]! - at.y) <= reach ? unit : null;
}

/** A cell of an image, of a sequence. */
function cellAt(column: Column, { x, y }: Point): number | null {
  const { rows, columns, between, maps } = column.grid!;
  for (let map = 0; map < maps; map++) {
    const box = mapBox(column, map);
    const found = partAt({ ...box, width: box.width + between }, rows, columns, x, y);
    if (found === null) continue;
    if (column.kind === "sequence") return (found % columns) * rows + Math.floor(found / columns);
    return map * rows * columns + found;
  }
  return null;
}

function lookAt(column: Column, { x, y }: Point): number | null {
  const { maps, rows, columns } = column.looks!;
  for (let head = 0; head < maps; head++) {
    const found = partAt(lookBox(column, head), rows, columns, x, y);
    if (found !== null) return head * rows * columns + found;
  }
  return null;
}

/** Position of the entry nearest to y; entries rise evenly. */
function nearest(ys: number[], y: number): number {
  if (ys.length < 2) return 0;
  const pitch = (ys.at(-1)! - ys[0]!) / (ys.length - 1);
  return Math.max(0, Math.min(ys.length - 1, Math.round((y - ys[0]!) / pitch)));
}

function hitBundles(layout: Layout, at: Point, pinned: Target | null): Target | null {
  for (const bundle of layout.bundles) {
    const { index, kind, weight } = bundle;
    if (kind === "skip" && distanceTo(bundle.way, at) < REACH) return { kind: "way", bundle: index };
    const found = weight && kind !== "link" ? hitBundle(bundle, at, pinned) : null;
    if (found) return { kind: "edge", bundle: index, weight, ...found };
  }
  return null;
}

function hitBundle(bundle: Bundle, at: Point, pinned: Target | null): { j: number; k: number } | null {
  const { kind } = bundle;
  const drawn = kind === "matrix" ? unfolds(pinned, bundle) : drawnPairs(bundle);
  if (drawn) return edgeAt(bundle, at, drawn);
  if (!inside(bundle.box, at.x, at.y)) return null;
  if (kind === "kernels") return kernelCell(bundle, at);
  return kind === "tiles" ? tileCell(bundle, at) : matrixCell(bundle, at);
}

/** A scale has one number for each line; a weight of a matrix is found by the units at both ends. */
function edgeAt(bundle: Bundle, at: Point, drawn: (j: number, k: number) => boolean) {
  const edge = edgeNear(bundle, at, REACH, drawn);
  return edge && { j: edge.j, k: bundle.kind === "direct" ? 0 : edge.k };
}

function matrixCell(bundle: Bundle, { x, y }: Point): { j: number; k: number } | null {
  const { box, rows, columns, kind, to } = bundle;
  const j = kind === "table" ? Math.floor(((y - box.y) / box.height) * rows) : nearest(to.ys, y);
  const k = partAt(rowBox(bundle, j), 1, columns, x, y);
  return k === null ? null : { j, k };
}

function tileCell(bundle: Bundle, { x, y }: Point): { j: number; k: number } | null {
  const { box, abreast, side } = bundle;
  const j = Math.floor((y - box.y) / side) * abreast + Math.floor((x - box.x) / side);
  if (j >= bundle.rows) return null;
  const k = partAt(tileBox(bundle, j), ...bundle.from.node.image!, x, y);
  return k === null ? null : { j, k };
}

function kernelCell(bundle: Bundle, { x, y }: Point): { j: number; k: number } | null {
  const [outputs = 1, inputs = 1, rows = 1, columns = 1] = bundle.shape;
  for (let j = 0; j < outputs; j++)
    for (let c = 0; c < inputs; c++) {
      const found = partAt(kernelBox(bundle, j, c), rows, columns, x, y);
      if (found !== null) return { j, k: c * rows * columns + found };
    }
  return null;
}

/** Where the label of a target is attached: above a unit, on an edge, at a cell of a matrix. */
export function boxOf(layout: Layout, target: Target): Box | null {
  if (target.kind === "loss") return unitBox(layout.columns.at(-1)!, 0);
  if (target.kind === "way") return wayBox(layout.bundles[target.bundle]!);
  if (target.kind === "edge") return edgeBox(layout.bundles[target.bundle]!, target.j, target.k);
  const column = layout.columns[target.column]!;
  if (target.unit === null) return null;
  if (target.kind === "look") return column.looks ? lookCell(column, target.unit) : null;
  if (target.kind === "unit") return target.unit < column.units ? unitBox(column, target.unit) : null;
  if (target.unit >= column.ys.length) return null;
  if (column.kind !== "units") return barBox(column, target.unit);
  return { ...unitBox(column, target.unit), y: biasPoint(column, target.unit).y, height: 6 };
}

function wayBox({ way }: Bundle): Box {
  const { x, y } = pointOnWay(way, 0.5);
  return { x, y, width: 0, height: 0 };
}

function edgeBox(bundle: Bundle, j: number | null, k: number | null): Box | null {
  if (j === null || k === null || drawnPairs(bundle)) return null;
  if (bundle.kind === "link") return j < bundle.to.ys.length ? barBox(bundle.to, j) : null;
  const fits = j < bundle.rows && k < sizeOf(bundle.shape.slice(1));
  return fits ? weightBox(bundle, j, k) : null;
}
