import type { Value } from "../../api/types";
import { divergingTable } from "../../common/colour";
import { gradientOf } from "../../common/valueNames";
import { barBox, kernelBox, rowBox, tileBox, unitBox, weightBox } from "../layout/boxes";
import { meansBias, meansEdge, meansUnit, unfolds } from "../layout/target";
import type { Box, Bundle, Column } from "../layout/types";
import type { Context, Picture } from "./picture";
import { logSize, shade } from "./scales";
import { type BundleScene, type ColumnScene, isSilent } from "./scene";
import { largestIn, rgbOf, setShade, shadeColour } from "./unitMaps";

const FOLDED: readonly string[] = ["matrix", "tiles", "kernels", "table"];

/** Whether a connection's weights are drawn as cells. */
export const isFolded = ({ kind }: Bundle): boolean => FOLDED.includes(kind);

/** A folded layer's weights: the matrix, row j beside unit j; one small image a unit; a kernel for each two images. */
export function drawMatrix(context: Context, picture: Picture, at: number): void {
  const bundle = picture.layout.bundles[at]!;
  const scene = picture.scene.bundles[at]!;
  const value = shown(scene);
  if (!isFolded(bundle) || !value) return;
  const unfolded = unfolds(picture.pinned, bundle) !== null;
  const image = matrixImage(picture, bundle, scene, value);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = unfolded ? 0.1 : 1;
  if (bundle.kind === "tiles") drawTiles(context, bundle, image);
  else if (bundle.kind === "kernels") drawKernels(context, picture, bundle, image);
  else drawRows(context, bundle, image);
  context.globalAlpha = 1;
  if (!unfolded) outlineCells(context, picture, bundle);
  if (bundle.to.node.picture.table === "tokens") markTokens(context, picture, bundle);
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

/** The matrix as it is; images and kernels one below the other. */
function matrixImage(picture: Picture, bundle: Bundle, scene: BundleScene, value: Value): OffscreenCanvas {
  const { rows, columns, kind, from, shape, index } = bundle;
  const width = kind === "tiles" ? from.node.image![1] : kind === "kernels" ? shape[3]! : columns;
  const stamp = [value, scene.shows, picture.dark];
  return picture.bitmaps.get(`weights ${index}`, width, (rows * columns) / width, stamp, (pixels) => {
    const paint = painter(picture, scene, value);
    for (let i = 0; i < value.data.length; i++) paint(pixels, i * 4, value.data[i]!);
  });
}

function drawRows(context: Context, bundle: Bundle, image: OffscreenCanvas): void {
  const { kind, to, rows } = bundle;
  if (kind === "table" || to.kind === "strip" || to.kind === "sequence")
    drawImage(context, image, bundle.box);
  else
    for (let j = 0; j < rows; j++) {
      const { x, y, width, height } = rowBox(bundle, j);
      context.drawImage(image, 0, j, image.width, 1, x, y, width, height);
    }
}

const drawImage = (context: Context, image: CanvasImageSource, { x, y, width, height }: Box) =>
  context.drawImage(image, x, y, width, height);

function drawTiles(context: Context, bundle: Bundle, image: OffscreenCanvas): void {
  const [high, wide] = bundle.from.node.image!;
  for (let j = 0; j < bundle.rows; j++) {
    const { x, y, width, height } = tileBox(bundle, j);
    context.drawImage(image, 0, j * high, wide, high, x, y, width, height);
  }
}

function drawKernels(context: Context, picture: Picture, bundle: Bundle, image: OffscreenCanvas): void {
  const [outputs = 1, inputs = 1, high = 1, wide = 1] = bundle.shape;
  for (let at = 0; at < outputs * inputs; at++) {
    const box = kernelBox(bundle, Math.floor(at / inputs), at % inputs);
    context.drawImage(image, 0, at * high, wide, high, box.x, box.y, box.width, box.height);
    if (bundle.abreast > 1) frame(context, picture, box);
  }
}

/** The rows or tiles that are pointed at, or whose unit is. */
function outlineCells(context: Context, { hover, pinned, colours }: Picture, bundle: Bundle): void {
  context.strokeStyle = colours.ink;
  for (let j = 0; j < bundle.rows; j++)
    for (const [target, width] of [
      [hover, 1.5],
      [pinned, 2.5],
    ] as const) {
      const edge = target?.kind === "edge" && target.weight === bundle.weight && target.j === j;
      if (!(edge || (bundle.kind !== "table" && meansUnit(target, bundle.to.index, j) && !bundle.to.grid)))
        continue;
      context.lineWidth = width;
      around(context, entryBox(bundle, j), 1);
    }
  for (const target of [hover, pinned]) outlineCell(context, bundle, target);
}

/** The rows that this sample's tokens have picked; of the position that is pointed at, all of its row. */
function markTokens(context: Context, { scene, colours, hover, pinned }: Picture, bundle: Bundle): void {
  const { from, to, rows } = bundle;
  const tokens = scene.columns[from.index]!.values;
  if (!tokens) return;
  context.fillStyle = context.strokeStyle = colours.ink;
  for (const token of new Set(Array.from(tokens))) {
    if (!(token >= 0 && token < rows)) continue;
    const { x, y, width, height } = rowBox(bundle, token);
    context.fillRect(x + width + 2, y + height / 2 - 1, 4, 2);
  }
  for (const [target, thick] of [
    [hover, 1.5],
    [pinned, 2.5],
  ] as const) {
    const token =
      target?.kind === "unit" && target.unit !== null ? tokens[positionOf(target, from, to)] : undefined;
    if (token === undefined || !(token < rows)) continue;
    context.lineWidth = thick;
    around(context, rowBox(bundle, token), 1);
  }
}

/** The position in the sequence that a cell of tokens or of their embeddings belongs to; -1 for others. */
function positionOf(target: { column: number; unit: number | null }, from: Column, to: Column): number {
  if (target.unit === null) return -1;
  if (target.column === from.index) return target.unit;
  return target.column === to.index ? Math.floor(target.unit / to.shape[1]!) : -1;
}

/** All of what leads to entry j. */
function entryBox(bundle: Bundle, j: number): Box {
  if (bundle.kind === "tiles") return tileBox(bundle, j);
  if (bundle.kind !== "kernels") return rowBox(bundle, j);
  const first = kernelBox(bundle, j, 0);
  return { ...first, width: bundle.box.width };
}

function outlineCell(context: Context, bundle: Bundle, target: Picture["hover"]): void {
  if (target?.kind !== "edge" || target.j === null || target.k === null) return;
  if (!meansEdge(target, bundle, target.j, target.k)) return;
  context.lineWidth = 1;
  around(context, weightBox(bundle, target.j, target.k), 0.5);
}

const around = (context: Context, { x, y, width, height }: Box, by: number) =>
  context.strokeRect(x - by, y - by, width + 2 * by, height + 2 * by);

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
  if (scene.mask) drawSilent(context, picture, column, scene);
  if (scene.delta) drawDeltas(context, picture, at, whole);
  if (scene.bias) biasBars(context, picture, at);
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
  const fade = picture.fade(gradientOf(column.node.z ?? column.value));
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

/** Across each cell that dropout has silenced: a line. */
function drawSilent(context: Context, { colours }: Picture, column: Column, scene: ColumnScene): void {
  context.strokeStyle = colours.mute;
  context.lineWidth = 1;
  context.beginPath();
  for (let unit = 0; unit < column.units; unit++) {
    if (!isSilent(scene, unit)) continue;
    const { x, y, width, height } = unitBox(column, unit);
    context.moveTo(x + 3, y + height / 2 + Math.min(3, height / 3));
    context.lineTo(x + width - 3, y + height / 2 - Math.min(3, height / 3));
  }
  context.stroke();
}

/** The biases stand before their units, coloured against the largest of them. */
export function biasBars(context: Context, picture: Picture, at: number): void {
  const column = picture.layout.columns[at]!;
  const { bias } = picture.scene.columns[at]!;
  const scale = { middle: 0, reach: largestIn(bias!) || 1 };
  for (const unit of column.ys.keys()) {
    const { x, y, width, height } = barBox(column, unit);
    const lit = [picture.hover, picture.pinned, ...picture.read].some((target) =>
      meansBias(target, column, unit),
    );
    context.fillStyle = lit ? picture.colours.ink : shadeColour(bias![unit]!, scale, picture.dark);
    context.fillRect(x, y, width, height);
  }
}

/** The hairline around an image. */
export function frame(context: Context, { colours }: Picture, box: Box): void {
  context.strokeStyle = colours.hair;
  context.lineWidth = 1;
  context.strokeRect(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1);
}
