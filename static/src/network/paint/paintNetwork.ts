import { unitBox } from "../layout/boxes";
import type { Column } from "../layout/types";
import { speaksOf } from "../row";
import { drawBlock } from "./cells";
import { drawEdges } from "./edges";
import { bundleExtent, columnExtent, type Extent, meet } from "./extent";
import type { Context, Picture } from "./picture";
import { drawPulses } from "./pulses";
import { drawLink, drawOperators, drawWay } from "./skipLines";
import { fillUnit } from "./unitMaps";
import { drawLoss, drawUnitMarks } from "./unitMarks";
import { drawMatrix, drawStrip } from "./weightMatrix";

/** How much of what is not spoken of the veil takes away. */
const VEIL = 0.78;

/**
 * Draws the whole network, back to front; what alone is spoken of once more, above a veil over all the rest. Within an
 * extent, what is outside it stays as it is.
 */
export function paint(context: Context, picture: Picture, within: Extent | null = null): void {
  const { layout, row, colours } = picture;
  if (within) confine(context, within, layout.height);
  context.clearRect(0, 0, layout.width, layout.height);
  paintAll(context, { ...picture, row: null }, within);
  if (row) {
    context.globalAlpha = VEIL;
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, layout.width, layout.height);
    context.globalAlpha = 1;
    paintAll(context, picture, within);
  }
  if (within) context.restore();
}

function paintAll(context: Context, picture: Picture, within: Extent | null): void {
  const { layout, row } = picture;
  for (const bundle of layout.bundles) {
    if (within && !meet(bundleExtent(bundle), within)) continue;
    const { index, kind } = bundle;
    if (!row && kind === "link") drawLink(context, picture, index);
    else if (!row && kind === "skip") drawWay(context, picture, index);
    if (!row) drawMatrix(context, picture, index);
    drawEdges(context, picture, index);
  }
  if (!row) drawPulses(context, picture);
  for (const column of layout.columns) {
    const isMeant = !row || row.has(column.index);
    if (isMeant && (!within || meet(columnExtent(column), within))) drawColumn(context, picture, column);
  }
}

function confine(context: Context, { from, to }: Extent, height: number): void {
  context.save();
  context.beginPath();
  context.rect(from, 0, to - from, height);
  context.clip();
}

function drawColumn(context: Context, picture: Picture, column: Column): void {
  const { kind, index, grid } = column;
  drawOperators(context, picture, column);
  if (kind === "loss") drawLoss(context, picture);
  else if (kind === "strip") drawStrip(context, picture, index);
  else if (grid) drawBlock(context, picture, index);
  else drawUnits(context, picture, column);
}

function drawUnits(context: Context, picture: Picture, column: Column): void {
  for (const unit of column.ys.keys()) {
    if (!speaksOf(picture.row, column.index, unit)) continue;
    fillUnit(context, picture, column.index, unit, unitBox(column, unit));
    drawUnitMarks(context, picture, column.index, unit);
  }
}
