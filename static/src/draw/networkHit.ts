import { imageBox, inside, pixelBox, rowBox, stripBiasBox, tileBox, unitBox } from "./networkBoxes";
import { edgeNear, type Point } from "./networkCurve";
import type { Box, Bundle, Column, Layout } from "./networkLayout";
import { biasPoint } from "./networkMarks";
import { type Target, unfolds } from "./networkTarget";

/** How near to an edge counts as on it, in pixels. */
const REACH = 7;

/** Small units are hit a little beside them too: at least this far from their centre. */
const LEAST = 10;

/** What is drawn at a point: units and biases first, then matrices, then the nearest edge. */
export function hit(layout: Layout, at: Point, pinned: Target | null): Target | null {
  return hitColumns(layout, at) ?? hitBundles(layout, at, pinned);
}

function hitColumns(layout: Layout, at: Point): Target | null {
  for (const [index, column] of layout.columns.entries()) {
    const bias = column.kind === "strip" && index > 0 ? stripBiasAt(column, at) : null;
    if (bias !== null) return { kind: "bias", column: index, unit: bias };
    if (Math.abs(at.x - column.x) > Math.max(LEAST, column.width / 2)) continue;
    const unit = unitAt(column, at);
    if (unit !== null)
      return column.kind === "loss" ? { kind: "loss" } : { kind: "unit", column: index, unit };
  }
  return null;
}

function stripBiasAt(column: Column, at: Point): number | null {
  const unit = nearest(column.ys, at.y);
  const { x, y, height } = stripBiasBox(column, unit);
  return inside({ x: x - 2, y, width: 9, height }, at.x, at.y) ? unit : null;
}

function unitAt(column: Column, at: Point): number | null {
  if (column.kind === "image") return pixelAt(imageBox(column), Math.round(Math.sqrt(column.units)), at);
  const reach = column.kind === "strip" ? column.height / 2 : Math.max(LEAST, column.height / 2);
  const unit = nearest(column.ys, at.y);
  return Math.abs(column.ys[unit]! - at.y) <= reach ? unit : null;
}

/** Position of the entry nearest to y; entries rise evenly. */
function nearest(ys: number[], y: number): number {
  if (ys.length < 2) return 0;
  const pitch = (ys.at(-1)! - ys[0]!) / (ys.length - 1);
  return Math.max(0, Math.min(ys.length - 1, Math.round((y - ys[0]!) / pitch)));
}

function pixelAt(box: Box, side: number, at: Point): number | null {
  if (!inside(box, at.x, at.y)) return null;
  const column = Math.floor(((at.x - box.x) / box.width) * side);
  return Math.floor(((at.y - box.y) / box.height) * side) * side + column;
}

function hitBundles(layout: Layout, at: Point, pinned: Target | null): Target | null {
  for (const [index, bundle] of layout.bundles.entries()) {
    const found = hitBundle(bundle, index, at, pinned);
    if (found) return { kind: "edge", bundle: index, ...found };
  }
  return null;
}

function hitBundle(bundle: Bundle, index: number, at: Point, pinned: Target | null) {
  if (bundle.kind === "loss") return null;
  if (bundle.kind === "tiles") return inside(bundle.box, at.x, at.y) ? tileCell(bundle, at) : null;
  const drawn = bundle.kind === "edges" ? () => true : unfolds(pinned, index);
  if (drawn) {
    const edge = edgeNear(bundle, at, REACH, drawn);
    return edge && { j: edge.j, k: edge.k };
  }
  return inside(bundle.box, at.x, at.y) ? matrixCell(bundle, at) : null;
}

function matrixCell(bundle: Bundle, at: Point): { j: number; k: number } | null {
  const j = nearest(bundle.to.ys, at.y);
  const row = rowBox(bundle, j);
  if (!inside(row, at.x, at.y)) return null;
  return { j, k: Math.floor(((at.x - row.x) / row.width) * bundle.from.units) };
}

function tileCell(bundle: Bundle, at: Point): { j: number; k: number } | null {
  const { box, across, side } = bundle;
  const j = Math.floor((at.y - box.y) / side) * across + Math.floor((at.x - box.x) / side);
  if (j >= bundle.to.units) return null;
  const k = pixelAt(tileBox(bundle, j), Math.round(Math.sqrt(bundle.from.units)), at);
  return k === null ? null : { j, k };
}

/** Where the label of a target is attached: above a unit, on an edge, at a cell of a matrix. */
export function boxOf(layout: Layout, target: Target): Box | null {
  if (target.kind === "loss") return unitBox(layout.columns.at(-1)!, 0);
  if (target.kind === "edge") return edgeBox(layout.bundles[target.bundle]!, target.j, target.k);
  const column = layout.columns[target.column]!;
  if (target.unit === null || target.unit >= column.units) return null;
  const box = unitBox(column, target.unit);
  if (target.kind === "bias" && column.kind === "strip") return stripBiasBox(column, target.unit);
  return target.kind === "unit" ? box : { ...box, y: biasPoint(column, target.unit).y, height: 6 };
}

function edgeBox(bundle: Bundle, j: number | null, k: number | null): Box | null {
  if (j === null || k === null || bundle.kind === "edges" || bundle.kind === "loss") return null;
  if (bundle.kind === "tiles")
    return pixelBox(tileBox(bundle, j), Math.round(Math.sqrt(bundle.from.units)), k);
  const row = rowBox(bundle, j);
  const width = row.width / bundle.from.units;
  return { ...row, x: row.x + k * width, width };
}
