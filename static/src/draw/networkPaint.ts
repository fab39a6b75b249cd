import { unitBox } from "./networkBoxes";
import { drawEdges } from "./networkEdges";
import { fillUnit } from "./networkMaps";
import { drawLoss, drawUnitMarks } from "./networkMarks";
import { drawImageColumn, drawMatrix, drawStrip } from "./networkMatrix";
import type { Context, Picture } from "./networkPicture";
import { drawPulses } from "./networkPulses";

/** Draws the whole network, back to front. */
export function paint(context: Context, picture: Picture): void {
  const { layout } = picture;
  context.clearRect(0, 0, layout.width, layout.height);
  for (const at of layout.bundles.keys()) {
    drawMatrix(context, picture, at);
    drawEdges(context, picture, at);
  }
  drawPulses(context, picture);
  for (const at of layout.columns.keys()) drawColumn(context, picture, at);
}

function drawColumn(context: Context, picture: Picture, at: number): void {
  const column = picture.layout.columns[at]!;
  if (column.kind === "loss") drawLoss(context, picture);
  if (column.kind === "strip") drawStrip(context, picture, at);
  if (column.kind === "image") drawImageColumn(context, picture, at);
  if (column.kind === "units") drawUnits(context, picture, at);
}

function drawUnits(context: Context, picture: Picture, at: number): void {
  const column = picture.layout.columns[at]!;
  for (let unit = 0; unit < column.units; unit++) {
    fillUnit(context, picture, at, unit, unitBox(column, unit));
    drawUnitMarks(context, picture, at, unit);
  }
}
