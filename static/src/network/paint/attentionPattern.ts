import { divergingTable } from "../../common/colour";
import { lookBox, lookCell } from "../layout/boxes";
import type { Column } from "../layout/types";
import type { Context, Picture } from "./picture";
import { shade } from "./scales";
import type { ColumnScene } from "./scene";
import { setShade } from "./unitMaps";
import { frame } from "./weightMatrix";

/** Weights of attention lie between 0 and 1. */
const SHARE = { middle: 0, reach: 1 };
const LEAST = 4;

/** Where each position looks: a picture for each head; what is masked is struck out. */
export function drawLooks(context: Context, picture: Picture, column: Column, { looks }: ColumnScene): void {
  const { maps, rows, columns } = column.looks!;
  const image = looksImage(picture, column, looks);
  context.imageSmoothingEnabled = false;
  for (let head = 0; head < maps; head++) {
    const box = lookBox(column, head);
    context.fillStyle = picture.colours.card;
    context.fillRect(box.x, box.y, box.width, box.height);
    context.globalAlpha = looks ? picture.fade(column.node.looks!.value) : 0;
    context.drawImage(image, 0, head * rows, columns, rows, box.x, box.y, box.width, box.height);
    context.globalAlpha = 1;
    frame(context, picture, box);
  }
  if (looks && column.looks!.cellWidth >= LEAST) strikeOut(context, picture, column, looks);
  outline(context, picture, column);
}

function looksImage(
  { bitmaps, dark }: Picture,
  column: Column,
  looks: ArrayLike<number> | null,
): OffscreenCanvas {
  const { maps, rows, columns } = column.looks!;
  return bitmaps.get(`looks ${column.name}`, columns, maps * rows, [looks, dark], (pixels) => {
    for (let i = 0; i < (looks?.length ?? 0); i++)
      setShade(pixels, i * 4, shade(looks![i]!, SHARE), divergingTable(dark));
  });
}

/** A share of exactly nothing is none: that position is not to be seen from here. */
function strikeOut(context: Context, { colours }: Picture, column: Column, looks: ArrayLike<number>): void {
  context.strokeStyle = colours.hair;
  context.lineWidth = 1;
  context.beginPath();
  for (let unit = 0; unit < looks.length; unit++) {
    if (looks[unit] !== 0) continue;
    const { x, y, width, height } = lookCell(column, unit);
    context.moveTo(x + 1, y + height - 1);
    context.lineTo(x + width - 1, y + 1);
  }
  context.stroke();
}

function outline(context: Context, { hover, pinned, colours }: Picture, column: Column): void {
  context.strokeStyle = colours.ink;
  for (const [target, thick] of [
    [hover, 1.5],
    [pinned, 2.5],
  ] as const) {
    if (target?.kind !== "look" || target.column !== column.index || target.unit === null) continue;
    const { x, y, width, height } = lookCell(column, target.unit);
    context.lineWidth = thick;
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  }
}
