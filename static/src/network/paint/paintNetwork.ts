import { unitBox } from "../layout/boxes";
import type { Column } from "../layout/types";
import { drawBlock } from "./cells";
import { drawEdges } from "./edges";
import { bundleExtent, columnExtent, type Extent, meet } from "./extent";
import type { Context, Picture } from "./picture";
import { drawPulses } from "./pulses";
import { drawLink, drawOperators, drawWay } from "./skipLines";
import { fillUnit } from "./unitMaps";
import { drawLoss, drawUnitMarks } from "./unitMarks";
import { drawMatrix, drawStrip } from "./weightMatrix";

/** Draws the whole network, back to front. Within an extent, what is outside it stays as it is. */
export function paint(context: Context, picture: Picture, within: Extent | null = null): void {
  const { layout } = picture;
  if (within) confine(context, within, layout.height);
  context.clearRect(0, 0, layout.width, layout.height);
  for (const bundle of layout.bundles) {
    if (within && !meet(bundleExtent(bundle), within)) continue;
    const { index, kind } = bundle;
    if (kind === "link") drawLink(context, picture, index);
    else if (kind === "skip") drawWay(context, picture, index);
    drawMatrix(context, picture, index);
    drawEdges(context, picture, index);
  }
  drawPulses(context, picture);
  for (const column of layout.columns)
    if (!within || meet(columnExtent(column), within)) drawColumn(context, picture, column);
  if (within) context.restore();
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
    fillUnit(context, picture, column.index, unit, unitBox(column, unit));
    drawUnitMarks(context, picture, column.index, unit);
  }
}
