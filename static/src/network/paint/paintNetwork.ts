import { unitBox } from "../layout/boxes";
import type { Column } from "../layout/types";
import { drawBlock } from "./cells";
import { drawEdges } from "./edges";
import type { Context, Picture } from "./picture";
import { drawPulses } from "./pulses";
import { drawLink, drawOperators, drawWay } from "./skipLines";
import { fillUnit } from "./unitMaps";
import { drawLoss, drawUnitMarks } from "./unitMarks";
import { drawMatrix, drawStrip } from "./weightMatrix";

/** Draws the whole network, back to front. */
export function paint(context: Context, picture: Picture): void {
  const { layout } = picture;
  context.clearRect(0, 0, layout.width, layout.height);
  for (const { index, kind } of layout.bundles) {
    if (kind === "link") drawLink(context, picture, index);
    else if (kind === "skip") drawWay(context, picture, index);
    drawMatrix(context, picture, index);
    drawEdges(context, picture, index);
  }
  drawPulses(context, picture);
  for (const column of layout.columns) drawColumn(context, picture, column);
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
