import { drawBlock } from "./networkBlocks";
import { unitBox } from "./networkBoxes";
import { drawEdges } from "./networkEdges";
import type { Column } from "./networkLayout";
import { fillUnit } from "./networkMaps";
import { drawLoss, drawUnitMarks } from "./networkMarks";
import { drawMatrix, drawStrip } from "./networkMatrix";
import type { Context, Picture } from "./networkPicture";
import { drawPulses } from "./networkPulses";
import { drawLink, drawOperators, drawWay } from "./networkWays";

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
