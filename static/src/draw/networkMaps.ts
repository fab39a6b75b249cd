import type { Value } from "../api/types";
import { divergingTable } from "./colour";
import type { Box, Column } from "./networkLayout";
import type { Context, Picture, Range } from "./networkPicture";
import { type Scale, shade, shadeIndex } from "./networkScale";
import type { ColumnScene } from "./networkScene";

/** How strongly a map is drawn whose unit has not run yet. */
const PALE = 0.16;
/** Points of the ramp that stands for an input. */
const RAMP = 24;

/** Units are rounded squares; small ones less so. */
export const radiusOf = (size: number) => Math.min(7, size / 4);

/** A bitmap to be scaled. */
export function bitmap(width: number, height: number, paint: (pixels: Uint8ClampedArray) => void) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  paint(image.data);
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Writes the shade of a value; what is not a number stays empty. */
export function setShade(pixels: Uint8ClampedArray, at: number, t: number, table: Uint8ClampedArray): void {
  if (Number.isNaN(t)) return;
  const from = shadeIndex(t) * 4;
  pixels[at] = table[from]!;
  pixels[at + 1] = table[from + 1]!;
  pixels[at + 2] = table[from + 2]!;
  pixels[at + 3] = 255;
}

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
  const maps = column.name === "input" ? rampOf(picture, unit) : cutMap(scene.maps, unit);
  if (!maps) return null;
  const scale = column.name === "input" ? { middle: 0, reach: largestIn(maps.data) } : scene.scale;
  return (context, box) => {
    if (maps.shape.length === 2) drawPlane(context, box, maps, scale, picture.dark);
    else drawCurve(context, box, maps.data, scale, picture);
    if (picture.sample) drawSample(context, box, picture);
  };
}

function cutMap(maps: Value | null, unit: number): Value | null {
  if (!maps) return null;
  const shape = maps.shape.slice(1);
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: maps.data.subarray(unit * size, (unit + 1) * size) };
}

/** An input over the plane is the plane's own coordinate. */
function rampOf({ axes, layout }: Picture, unit: number): Value | null {
  const range = unit === 0 ? axes?.x : axes?.y;
  if (!range) return null;
  const along = Float32Array.from({ length: RAMP }, (_, i) => between(range, i / (RAMP - 1)));
  if (layout.columns[0]!.units === 1) return { shape: [RAMP], data: along };
  const data = new Float32Array(RAMP * RAMP).map((_, i) =>
    unit === 0 ? along[i % RAMP]! : along[Math.floor(i / RAMP)]!,
  );
  return { shape: [RAMP, RAMP], data };
}

const between = ([low, high]: Range, part: number) => low + (high - low) * part;

function drawPlane(context: Context, box: Box, map: Value, scale: Scale, dark: boolean): void {
  const [rows, columns] = map.shape as [number, number];
  const table = divergingTable(dark);
  const image = bitmap(columns, rows, (pixels) => {
    for (let i = 0; i < map.data.length; i++) {
      const row = rows - 1 - Math.floor(i / columns); // the plane's second axis points up
      setShade(pixels, (row * columns + (i % columns)) * 4, shade(map.data[i]!, scale), table);
    }
  });
  context.imageSmoothingEnabled = true;
  context.drawImage(image, box.x, box.y, box.width, box.height);
}

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
  for (let i = 1; i < data.length; i++) {
    const [a, b] = [data[i - 1]!, data[i]!];
    context.strokeStyle = a + b >= 2 * zero ? colours.positive : colours.negative;
    context.beginPath();
    context.moveTo(box.x + ((i - 1) / (data.length - 1)) * box.width, y(a));
    context.lineTo(box.x + (i / (data.length - 1)) * box.width, y(b));
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
