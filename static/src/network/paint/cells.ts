import { divergingTable } from "../../common/colour";
import { inkLevels } from "../../common/sampleText";
import { gradientOf } from "../../common/valueNames";
import { mapBox, unitBox, wholeBox } from "../layout/boxes";
import { windowOf } from "../layout/receptiveField";
import { meansUnit, type Target } from "../layout/target";
import type { Box, Column } from "../layout/types";
import { tokenName } from "../layout/unitNames";
import { drawLooks } from "./attentionPattern";
import type { Context, Picture } from "./picture";
import { logSize, type Scale, shade } from "./scales";
import type { ColumnScene } from "./scene";
import { rgbOf, setShade } from "./unitMaps";
import { biasBars, frame } from "./weightMatrix";

/** Cells at least this large hold the gradient as a dot; smaller ones only a rim says that it is there. */
const DOTTED = 5;

/** Images and sequences: each cell coloured by its value; once it is known, its gradient as a dot in it. */
export function drawBlock(context: Context, picture: Picture, at: number): void {
  const column = picture.layout.columns[at]!;
  const scene = picture.scene.columns[at]!;
  const image = cellsImage(column, scene, picture);
  context.fillStyle = picture.colours.card;
  for (const box of panels(column)) context.fillRect(box.x, box.y, box.width, box.height);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = scene.values ? picture.fade(column.value) : 0;
  drawPanels(context, column, image);
  context.globalAlpha = 1;
  for (const box of panels(column)) frame(context, picture, box);
  if (column.node.moments.length) drawHandedOn(context, picture, column);
  if (column.node.type === "tokens") drawTokens(context, picture, column, scene);
  if (scene.delta) drawGradient(context, picture, column, scene);
  if (scene.bias) biasBars(context, picture, at);
  if (column.looks) drawLooks(context, picture, column, scene);
  outline(context, picture, column);
}

/** The separate pictures: images, the moments of a recurrent layer, else the whole. */
export function panels(column: Column): Box[] {
  const { grid, kind } = column;
  const { maps, columns, rows, between, cellWidth } = grid!;
  if (kind !== "sequence") return Array.from({ length: maps }, (_, map) => mapBox(column, map));
  if (!between) return [mapBox(column, 0)];
  const whole = mapBox(column, 0);
  return Array.from({ length: columns }, (_, t) => ({
    ...unitBox(column, t * rows),
    y: whole.y,
    width: cellWidth,
    height: whole.height,
  }));
}

/** All images one below the other; a sequence turned so that its positions go across. */
function cellsImage(column: Column, { values, scale }: ColumnScene, picture: Picture): OffscreenCanvas {
  const { maps, rows, columns } = column.grid!;
  const { bitmaps, dark, colours } = picture;
  const stamp = [values, dark, colours, scale.middle, scale.reach];
  return bitmaps.get(`cells ${column.name}`, columns, maps * rows, stamp, (pixels) => {
    if (column.node.type === "tokens") return;
    if (column.kind === "image") inkPixels(pixels, values ?? [], colours.ink);
    else valuePixels(pixels, column, values ?? [], scale, dark);
  });
}

function valuePixels(
  pixels: Uint8ClampedArray,
  { grid, kind }: Column,
  values: ArrayLike<number>,
  scale: Scale,
  dark: boolean,
): void {
  const { rows, columns } = grid!;
  const table = divergingTable(dark);
  for (let i = 0; i < values.length; i++) {
    const at = kind === "sequence" ? (i % rows) * columns + Math.floor(i / rows) : i;
    setShade(pixels, at * 4, shade(values[i]!, scale), table);
  }
}

/** As written on paper: the largest value is ink, the smallest the surface. */
function inkPixels(pixels: Uint8ClampedArray, values: ArrayLike<number>, ink: string): void {
  const [r, g, b] = rgbOf(ink);
  inkLevels(Array.from(values)).forEach((level, i) => {
    pixels.set([r, g, b, Math.round(255 * level)], i * 4);
  });
}

function drawPanels(context: Context, column: Column, image: OffscreenCanvas): void {
  const { rows, columns, between } = column.grid!;
  panels(column).forEach(({ x, y, width, height }, at) => {
    if (between) context.drawImage(image, at, 0, 1, rows, x, y, width, height);
    else context.drawImage(image, 0, at * rows, columns, rows, x, y, width, height);
  });
}

/** From each moment to the next: what a recurrent layer hands on. */
function drawHandedOn(context: Context, { colours }: Picture, column: Column): void {
  if (!column.grid!.between) return;
  context.strokeStyle = colours.mute;
  context.lineWidth = 1;
  context.beginPath();
  for (const { x, y, width, height } of panels(column).slice(0, -1)) {
    const middle = y + height / 2;
    context.moveTo(x + width + 1, middle);
    context.lineTo(x + width + 5, middle);
    context.moveTo(x + width + 3, middle - 2.5);
    context.lineTo(x + width + 5.5, middle);
    context.lineTo(x + width + 3, middle + 2.5);
  }
  context.stroke();
}

/** Tokens by their names, where there is room for these. */
function drawTokens(
  context: Context,
  { colours, fade }: Picture,
  column: Column,
  { values }: ColumnScene,
): void {
  const { cellWidth } = column.grid!;
  if (!values || cellWidth < 7) return;
  context.globalAlpha = fade(column.value);
  context.fillStyle = colours.ink;
  context.font = `500 11px "JetBrains Mono Variable", monospace`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let unit = 0; unit < column.units; unit++) {
    const { x, y, width, height } = unitBox(column, unit);
    context.fillText(tokenName(column, values[unit]!), x + width / 2, y + height / 2 + 0.5, width);
  }
  context.globalAlpha = 1;
}

/** The pictures that a gradient has come back to: of a recurrent layer moment by moment. */
function reached(column: Column, { delta }: ColumnScene): Box[] {
  const { between, rows } = column.grid!;
  const all = panels(column);
  return between ? all.filter((_, t) => !Number.isNaN(delta![t * rows])) : all;
}

function drawGradient(
  context: Context,
  { colours, fade, rides }: Picture,
  column: Column,
  scene: ColumnScene,
): void {
  const { cellWidth, cellHeight } = column.grid!;
  const room = Math.min(cellWidth, cellHeight);
  context.globalAlpha = fade(gradientOf(column.node.z ?? column.value));
  context.strokeStyle = context.fillStyle = colours.backward;
  context.lineWidth = scene.phase === "backward" ? 2.5 : 1.5;
  for (const { x, y, width, height } of reached(column, scene))
    context.strokeRect(x - 1, y - 1, width + 2, height + 2);
  context.beginPath();
  if (room >= DOTTED && rides)
    for (let unit = 0; unit < column.units; unit++) {
      const size = scene.delta![unit] || 0; // of a moment that it has not come back to, there is none
      if (size === 0) continue;
      const { x, y } = centre(unitBox(column, unit));
      const radius = 0.5 + logSize(size) * room * 0.26;
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
  context.fill();
  context.globalAlpha = 1;
}

const centre = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 });

/** The cells that are pointed at, read or pinned; on what a convolution slides over, the window of its cell. */
function outline(context: Context, picture: Picture, column: Column): void {
  const { hover, pinned, read, colours, layout } = picture;
  context.strokeStyle = colours.ink;
  for (const [target, width] of [...read.map((r) => [r, 1] as const), [hover, 1.5], [pinned, 2.5]] as const) {
    context.lineWidth = width;
    const box = boxMeant(column, target);
    if (box) around(context, box);
    for (const window of windowOf(layout, column, target)) around(context, window);
  }
}

function boxMeant(column: Column, target: Target | null): Box | null {
  if (target?.kind !== "unit" || target.column !== column.index) return null;
  if (target.unit === null) return wholeBox(column);
  return meansUnit(target, column.index, target.unit) ? unitBox(column, target.unit) : null;
}

const around = (context: Context, { x, y, width, height }: Box) =>
  context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
