import type { Value } from "../api/types";
import { divergingTable } from "./colour";
import { imageBox, rowBox, stripBiasBox, tileBox, unitBox } from "./networkBoxes";
import type { Box, Bundle, Column } from "./networkLayout";
import { largestIn, setShade, shadeColour } from "./networkMaps";
import type { Context, Picture } from "./networkPicture";
import { logSize, shade } from "./networkScale";
import type { BundleScene, ColumnScene } from "./networkScene";
import { meansBias, meansEdge, meansUnit, unfolds } from "./networkTarget";
import { inkLevels } from "./outputSamples";

/** A folded layer's weights: the matrix, row j beside unit j, or with image inputs one small image a unit. */
export function drawMatrix(context: Context, picture: Picture, at: number): void {
  const bundle = picture.layout.bundles[at]!;
  const scene = picture.scene.bundles[at]!;
  const value = shown(scene);
  if ((bundle.kind !== "matrix" && bundle.kind !== "tiles") || !value) return;
  const unfolded = bundle.kind === "matrix" && unfolds(picture.pinned, at) !== null;
  const image = matrixImage(picture, bundle, scene, value);
  context.globalAlpha = unfolded ? 0.1 : 1;
  if (bundle.kind === "matrix") drawRows(context, bundle, image);
  else drawTiles(context, bundle, image);
  context.globalAlpha = 1;
  if (!unfolded) outlineCells(context, picture, at);
}

/** What a matrix shows: its weights, or while it is computed its gradient or its change. */
const shown = (scene: BundleScene): Value | null => scene[scene.shows] ?? scene.weight;

type Paint = (pixels: Uint8ClampedArray, at: number, x: number) => void;

/** Weights by sign, against the largest of them; gradients and changes by magnitude alone, in their phase's colour. */
function painter(picture: Picture, scene: BundleScene, value: Value): Paint {
  const table = divergingTable(picture.dark);
  if (scene.shows === "weight") {
    const scale = { middle: 0, reach: largestIn(value.data) || 1 };
    return (pixels, at, x) => setShade(pixels, at, shade(x, scale), table);
  }
  const [r, g, b] = rgbOf(scene.shows === "grad" ? picture.colours.backward : picture.colours.update);
  return (pixels, at, x) => pixels.set([r, g, b, Math.round(255 * logSize(x))], at);
}

/** A token as a canvas reads it: #rrggbb. */
const rgbOf = (hex: string): [number, number, number] => {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
};

/** The matrix as it is; with image inputs the images one below the other. */
function matrixImage(picture: Picture, bundle: Bundle, scene: BundleScene, value: Value): OffscreenCanvas {
  const [rows, columns] = [bundle.to.units, bundle.from.units];
  const width = bundle.kind === "tiles" ? Math.round(Math.sqrt(columns)) : columns;
  const stamp = [value, scene.shows, picture.dark];
  return picture.bitmaps.get(`weights ${bundle.layer}`, width, (rows * columns) / width, stamp, (pixels) => {
    const paint = painter(picture, scene, value);
    for (let i = 0; i < value.data.length; i++) paint(pixels, i * 4, value.data[i]!);
  });
}

function drawRows(context: Context, bundle: Bundle, image: OffscreenCanvas): void {
  context.imageSmoothingEnabled = false;
  if (bundle.to.kind === "strip") drawImage(context, image, bundle.box);
  else
    for (let j = 0; j < bundle.to.units; j++) {
      const { x, y, width, height } = rowBox(bundle, j);
      context.drawImage(image, 0, j, image.width, 1, x, y, width, height);
    }
}

const drawImage = (context: Context, image: CanvasImageSource, { x, y, width, height }: Box) =>
  context.drawImage(image, x, y, width, height);

function drawTiles(context: Context, bundle: Bundle, image: OffscreenCanvas): void {
  const side = image.width;
  context.imageSmoothingEnabled = false;
  for (let j = 0; j < bundle.to.units; j++) {
    const { x, y, width, height } = tileBox(bundle, j);
    context.drawImage(image, 0, j * side, side, side, x, y, width, height);
  }
}

/** The rows or tiles that are pointed at, or whose unit is. */
function outlineCells(context: Context, picture: Picture, at: number): void {
  const bundle = picture.layout.bundles[at]!;
  context.strokeStyle = picture.colours.ink;
  for (let j = 0; j < bundle.to.units; j++)
    for (const [target, width] of [
      [picture.hover, 1.5],
      [picture.pinned, 2.5],
    ] as const) {
      const whole = target?.kind === "edge" && target.j === null;
      const edge = target?.kind === "edge" && target.bundle === at && target.j === j;
      if (whole || !(edge || meansUnit(target, at + 1, j))) continue;
      const { x, y, ...size } = bundle.kind === "tiles" ? tileBox(bundle, j) : rowBox(bundle, j);
      context.lineWidth = width;
      context.strokeRect(x - 1, y - 1, size.width + 2, size.height + 2);
    }
  outlineCell(context, picture, at);
}

function outlineCell(context: Context, { hover, pinned, layout }: Picture, at: number): void {
  const bundle = layout.bundles[at]!;
  for (const target of [hover, pinned]) {
    if (target?.kind !== "edge" || target.j === null || target.k === null) continue;
    if (!meansEdge(target, at, target.j, target.k)) continue;
    const box = cellBox(bundle, target.j, target.k);
    context.lineWidth = 1;
    context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
  }
}

function cellBox(bundle: Bundle, j: number, k: number): Box {
  const tile = bundle.kind === "tiles";
  const box = tile ? tileBox(bundle, j) : rowBox(bundle, j);
  const across = tile ? Math.round(Math.sqrt(bundle.from.units)) : bundle.from.units;
  const width = box.width / across;
  const height = tile ? width : box.height;
  return {
    x: box.x + (k % across) * width,
    y: tile ? box.y + Math.floor(k / across) * height : box.y,
    width,
    height,
  };
}

/** A folded layer: one cell a unit, coloured by its value; beside it, once it is known, δ by its size. */
export function drawStrip(context: Context, picture: Picture, at: number): void {
  const column = picture.layout.columns[at]!;
  const scene = picture.scene.columns[at]!;
  const first = unitBox(column, 0);
  const whole = { ...first, height: column.height * column.units };
  context.fillStyle = picture.colours.card;
  context.fillRect(whole.x, whole.y, whole.width, whole.height);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = scene.values ? picture.fade(column.value) : 0;
  drawImage(context, valueImage(column, scene, picture), whole);
  context.globalAlpha = 1;
  if (scene.delta) drawDeltas(context, picture, at, whole);
  if (scene.bias) drawBiases(context, picture, at);
  frame(context, picture, whole);
}

function valueImage(column: Column, scene: ColumnScene, { dark, bitmaps }: Picture): OffscreenCanvas {
  const values = scene.values ?? [];
  const stamp = [scene.values, dark];
  return bitmaps.get(`values ${column.name}`, 1, column.units, stamp, (pixels) => {
    for (let i = 0; i < values.length; i++)
      setShade(pixels, i * 4, shade(values[i]!, scene.scale), divergingTable(dark));
  });
}

function drawDeltas(context: Context, picture: Picture, at: number, whole: Box): void {
  const column = picture.layout.columns[at]!;
  const { delta } = picture.scene.columns[at]!;
  context.fillStyle = picture.colours.backward;
  const fade = picture.fade(column.value.replace(/a$/, "z.grad"));
  for (let unit = 0; unit < column.units; unit++) {
    context.globalAlpha = fade * (delta![unit] === 0 ? 0 : 0.15 + 0.85 * logSize(delta![unit]!));
    const y = column.ys[unit]! - column.height / 2;
    context.fillRect(
      whole.x + whole.width + 2,
      y,
      4,
      Math.max(1, column.height - (column.height > 4 ? 1 : 0)),
    );
  }
  context.globalAlpha = 1;
}

/** The biases stand before their units, coloured against the largest of them. */
function drawBiases(context: Context, picture: Picture, at: number): void {
  const column = picture.layout.columns[at]!;
  const { bias } = picture.scene.columns[at]!;
  const scale = { middle: 0, reach: largestIn(bias!) || 1 };
  for (let unit = 0; unit < column.units; unit++) {
    const { x, y, width, height } = stripBiasBox(column, unit);
    const lit = [picture.hover, picture.pinned, ...picture.read].some((target) =>
      meansBias(target, at, unit),
    );
    context.fillStyle = lit ? picture.colours.ink : shadeColour(bias![unit]!, scale, picture.dark);
    context.fillRect(x, y, width, height);
  }
}

/** Inputs that are an image. */
export function drawImageColumn(context: Context, picture: Picture, at: number): void {
  const column = picture.layout.columns[at]!;
  const scene = picture.scene.columns[at]!;
  const box = imageBox(column);
  const side = Math.round(Math.sqrt(column.units));
  context.fillStyle = picture.colours.card;
  context.fillRect(box.x, box.y, box.width, box.height);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = scene.values ? picture.fade(column.value) : 0;
  drawImage(context, inkImage(scene, picture, side), box);
  context.globalAlpha = 1;
  frame(context, picture, box);
}

/** As written on paper: the largest value is ink, the smallest the surface. */
function inkImage({ values }: ColumnScene, { bitmaps, colours }: Picture, side: number): OffscreenCanvas {
  const [r, g, b] = rgbOf(colours.ink);
  return bitmaps.get("input image", side, side, [values, colours], (pixels) => {
    inkLevels(Array.from(values ?? [])).forEach((level, i) => {
      pixels.set([r, g, b, Math.round(255 * level)], i * 4);
    });
  });
}

function frame(context: Context, { colours }: Picture, box: Box): void {
  context.strokeStyle = colours.hair;
  context.lineWidth = 1;
  context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
}
