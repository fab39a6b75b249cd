import type { Value } from "../../api/types";
import { divergingTable } from "../../common/colour";
import type { Box, Column } from "../layout/types";
import type { Context, Picture, Range } from "./picture";
import { type Scale, shade, shadeIndex } from "./scales";
import type { ColumnScene } from "./scene";

/** How strongly a map is drawn whose unit has not run yet. */
const PALE = 0.16;
/** Points of the ramp that stands for an input. */
const RAMP = 24;

/** Units are rounded squares; small ones less so. */
export const radiusOf = (size: number) => Math.min(7, size / 4);

/** Writes the shade of a value; what is not a number stays empty. */
export function setShade(pixels: Uint8ClampedArray, at: number, t: number, table: Uint8ClampedArray): void {
  if (Number.isNaN(t)) return;
  const from = shadeIndex(t) * 4;
  pixels[at] = table[from]!;
  pixels[at + 1] = table[from + 1]!;
  pixels[at + 2] = table[from + 2]!;
  pixels[at + 3] = 255;
}

/** A token as a canvas reads it: #rrggbb. */
export const rgbOf = (hex: string): [number, number, number] => {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
};

/** Fills one unit: with its map where there is a plane, its curve where there is a line, else with its value. */
export function fillUnit(context: Context, picture: Picture, at: number, unit: number, box: Box): void {
  const column = picture.layout.columns[at]!;
  const scene = picture.scene.columns[at]!;
  const drawing = drawingOf(picture, column, scene, unit);
  context.save();
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, radiusOf(box.width));
  context.fillStyle = picture.colours.card;
  context.fill();
  context.clip();
  context.globalAlpha = scene.values ? PALE + (1 - PALE) * picture.fade(column.value) : drawing ? PALE : 0;
  if (drawing) drawing(context, box);
  else fillValue(context, picture, scene, unit, box);
  context.restore();
}

type Drawing = (context: Context, box: Box) => void;

function drawingOf(picture: Picture, column: Column, scene: ColumnScene, unit: number): Drawing | null {
  const drawing =
    column.index === 0 ? inputDrawing(picture, unit) : unitDrawing(picture, column, scene, unit);
  if (!drawing || !picture.sample) return drawing;
  return (context, box) => {
    drawing(context, box);
    drawSample(context, box, picture);
  };
}

function unitDrawing(
  picture: Picture,
  column: Column,
  { maps, scale }: ColumnScene,
  unit: number,
): Drawing | null {
  if (!maps) return null;
  const [, rows = 0, columns] = maps.shape;
  if (columns === undefined) {
    const curve = maps.data.subarray(unit * rows, (unit + 1) * rows);
    return (context, box) => drawCurve(context, box, curve, scale, picture);
  }
  const planes = planesOf(picture, column, maps, scale);
  return (context, box) => drawPlane(context, box, planes, unit * rows, columns, rows);
}

/** The maps of all units of a layer, one below the other. */
function planesOf({ bitmaps, dark }: Picture, { name }: Column, maps: Value, scale: Scale): OffscreenCanvas {
  const [units, rows, columns] = maps.shape as [number, number, number];
  const stamp = [maps, dark, scale.middle, scale.reach];
  return bitmaps.get(`maps ${name}`, columns, units * rows, stamp, (pixels) => {
    for (let i = 0; i < maps.data.length; i++) {
      const [row, unit] = [Math.floor(i / columns) % rows, Math.floor(i / (rows * columns))];
      const at = (unit * rows + rows - 1 - row) * columns + (i % columns); // the plane's second axis points up
      setShade(pixels, at * 4, shade(maps.data[i]!, scale), divergingTable(dark));
    }
  });
}

function drawPlane(
  context: Context,
  { x, y, width, height }: Box,
  planes: OffscreenCanvas,
  from: number,
  columns: number,
  rows: number,
): void {
  context.imageSmoothingEnabled = true;
  context.drawImage(planes, 0, from, columns, rows, x, y, width, height);
}

/** An input over the plane, or the line, is that axis itself. */
function inputDrawing(picture: Picture, unit: number): Drawing | null {
  const { axes, layout, bitmaps, dark } = picture;
  const range = unit === 0 ? axes?.x : axes?.y;
  if (!range) return null;
  const scale = { middle: 0, reach: Math.max(Math.abs(range[0]), Math.abs(range[1])) };
  if (layout.columns[0]!.units === 1)
    return (context, box) => drawCurve(context, box, ramp(range), scale, picture);
  const image = bitmaps.get(`input ${unit}`, RAMP, RAMP, [...range, dark], (pixels) => {
    const along = ramp(range);
    for (let i = 0; i < RAMP * RAMP; i++) {
      const value = along[unit === 0 ? i % RAMP : RAMP - 1 - Math.floor(i / RAMP)]!;
      setShade(pixels, i * 4, shade(value, scale), divergingTable(dark));
    }
  });
  return (context, box) => drawPlane(context, box, image, 0, RAMP, RAMP);
}

const ramp = ([low, high]: Range) =>
  Array.from({ length: RAMP }, (_, i) => low + ((high - low) * i) / (RAMP - 1));

/** The largest finite magnitude. */
export function largestIn(data: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < data.length; i++)
    if (Number.isFinite(data[i]!)) most = Math.max(most, Math.abs(data[i]!));
  return most;
}

/** The unit's value over the input line, its axis in the middle; blue above, red below. */
function drawCurve(
  context: Context,
  box: Box,
  data: ArrayLike<number>,
  { middle: zero, reach }: Scale,
  { colours }: Picture,
): void {
  const top = reach ?? Math.max(1, largestIn(data));
  const middle = box.y + box.height / 2;
  const y = (value: number) => middle - ((value - zero) / top) * (box.height / 2 - 4);
  context.fillStyle = colours.hair;
  context.fillRect(box.x, Math.round(middle), box.width, 1);
  context.lineWidth = 2;
  context.lineJoin = "round";
  for (const sign of [1, -1]) {
    context.strokeStyle = sign > 0 ? colours.positive : colours.negative;
    context.beginPath();
    for (let i = 1; i < data.length; i++) {
      const [a, b] = [data[i - 1]!, data[i]!];
      if (a + b >= 2 * zero !== sign > 0) continue;
      context.moveTo(box.x + ((i - 1) / (data.length - 1)) * box.width, y(a));
      context.lineTo(box.x + (i / (data.length - 1)) * box.width, y(b));
    }
    context.stroke();
  }
}

/** Where on the map the chosen sample lies. */
function drawSample(context: Context, box: Box, { axes, sample, colours }: Picture): void {
  if (!axes || !sample || box.width < 18) return;
  const part = ([low, high]: Range, value: number) => (value - low) / (high - low);
  const x = box.x + part(axes.x, sample[0]!) * box.width;
  context.lineWidth = 1.5;
  context.strokeStyle = colours.ink;
  context.fillStyle = colours.card;
  context.beginPath();
  if (axes.y) {
    context.arc(x, box.y + (1 - part(axes.y, sample[1]!)) * box.height, 2.5, 0, 2 * Math.PI);
    context.fill();
  } else {
    context.lineWidth = 1;
    context.moveTo(Math.round(x) + 0.5, box.y);
    context.lineTo(Math.round(x) + 0.5, box.y + box.height);
  }
  context.stroke();
}

function fillValue(context: Context, picture: Picture, scene: ColumnScene, unit: number, box: Box): void {
  const value = scene.values?.[unit];
  if (value === undefined) return;
  context.fillStyle = shadeColour(
    Number.isNaN(value) ? scene.scale.middle : value,
    scene.scale,
    picture.dark,
  );
  context.fillRect(box.x, box.y, box.width, box.height);
}

/** Entry of the table for a number, as `rgb()`. */
export function shadeColour(value: number, scale: Scale, dark: boolean): string {
  const table = divergingTable(dark);
  const at = shadeIndex(shade(value, scale)) * 4;
  return `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
}
