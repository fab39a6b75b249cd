import { unitBox } from "../layout/boxes";
import { meansBias, meansUnit, type Target } from "../layout/target";
import type { Box, Column, Layout } from "../layout/types";
import type { Context, Picture } from "./picture";
import { rimAlpha } from "./scales";
import { isBlocked, isSilent } from "./scene";
import { radiusOf } from "./unitMaps";

/** Rims around a unit: where the gradient has arrived, what is pointed at, what is pinned, what has no number. */
export function drawUnitMarks(context: Context, picture: Picture, at: number, unit: number): void {
  const column = picture.layout.columns[at]!;
  const scene = picture.scene.columns[at]!;
  const { colours } = picture;
  const box = unitBox(column, unit);
  rim(context, box, 1, colours.hair);
  const value = scene.values?.[unit];
  if (value !== undefined && !Number.isFinite(value)) cross(context, box, 0.3, colours.ink);
  if (isSilent(scene, unit)) silence(context, picture, box);
  const delta = scene.delta?.[unit];
  const blocked = isBlocked(scene, unit);
  if (delta !== undefined && !blocked) {
    context.globalAlpha = rimAlpha(delta);
    rim(context, box, scene.phase === "backward" ? 2.5 : 1.5, colours.backward);
    context.globalAlpha = 1;
  }
  if (blocked) stop(context, picture, box);
  const strength = pointing(picture, column, unit);
  if (strength) rim(context, box, strength, colours.ink);
  if (scene.bias) biasMark(context, picture, at, unit, box);
}

/** Width of the rim in ink: pinned, pointed at, or an end of the edge that is. */
function pointing({ hover, pinned, read, layout }: Picture, { index }: Column, unit: number): number {
  if (meansUnit(pinned, index, unit)) return 3;
  if (meansUnit(hover, index, unit) || isEnd(layout, pinned, index, unit)) return 2;
  const near = isEnd(layout, hover, index, unit) || read.some((target) => meansUnit(target, index, unit));
  return near ? 1.5 : 0;
}

function isEnd({ bundles }: Layout, target: Target | null, column: number, unit: number): boolean {
  if (target?.kind !== "edge" || target.j === null) return false;
  const { from, to, kind, offset } = bundles[target.bundle]!;
  if (to.index === column) return target.j === unit;
  return from.index === column && unit === (kind === "direct" ? target.j - offset : target.k);
}

function rim(context: Context, box: Box, width: number, colour: string): void {
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, radiusOf(box.width));
  context.stroke();
}

/** The gradient ends here: a bar across its way. */
function stop(context: Context, { colours }: Picture, box: Box): void {
  const x = box.x + box.width + 4;
  const reach = Math.max(6, box.height * 0.32);
  context.strokeStyle = colours.backward;
  context.lineCap = "round";
  context.lineWidth = 3;
  context.beginPath();
  context.moveTo(x, box.y + box.height / 2 - reach);
  context.lineTo(x, box.y + box.height / 2 + reach);
  context.stroke();
  context.lineCap = "butt";
}

/** Dropout has silenced it: what it was is pale, and crossed out. */
function silence(context: Context, { colours }: Picture, box: Box): void {
  context.globalAlpha = 0.78;
  context.fillStyle = colours.card;
  context.fillRect(box.x + 1, box.y + 1, box.width - 2, box.height - 2);
  context.globalAlpha = 1;
  cross(context, box, 0.16, colours.mute);
}

/** Not a number any more: there is nothing to colour. */
function cross(context: Context, box: Box, part: number, colour: string): void {
  const inset = box.width * part;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(box.x + inset, box.y + inset);
  context.lineTo(box.x + box.width - inset, box.y + box.height - inset);
  context.moveTo(box.x + box.width - inset, box.y + inset);
  context.lineTo(box.x + inset, box.y + box.height - inset);
  context.stroke();
}

/** Centre of a unit's bias mark: before its number where that is written, else at the unit's lower left corner. */
export function biasPoint(column: Column, unit: number): { x: number; y: number } {
  const [x, y] = [column.x - column.width / 2, column.ys[unit]! + column.height / 2];
  return column.labels === "full" ? { x: x + 3, y: y + 25 } : { x, y };
}

/** Half the diagonal of the mark: larger for a larger bias, within what can be hit. */
const biasSize = (bias: number) => (Number.isFinite(bias) ? 3 + 2.5 * Math.min(1, Math.abs(bias)) : 5);

function biasMark(context: Context, picture: Picture, at: number, unit: number, box: Box): void {
  const { colours, scene } = picture;
  if (box.width < 12) return;
  const bias = scene.columns[at]!.bias![unit]!;
  const { x, y } = biasPoint(picture.layout.columns[at]!, unit);
  const size = biasSize(bias);
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
  context.fillStyle = Number.isNaN(bias) ? colours.mute : bias >= 0 ? colours.positive : colours.negative;
  context.fill();
  const [lit, width] = biasRim(picture, at, unit);
  context.lineWidth = width;
  context.strokeStyle = lit;
  context.stroke();
}

/** The mark's rim: what is pointed at, then its gradient or its change, else the paper that sets it off. */
function biasRim(
  { hover, pinned, read, colours, scene, layout }: Picture,
  at: number,
  unit: number,
): [string, number] {
  const column = scene.columns[at]!;
  if (meansBias(pinned, layout.columns[at]!, unit)) return [colours.ink, 2.5];
  if ([hover, ...read].some((target) => meansBias(target, layout.columns[at]!, unit)))
    return [colours.ink, 2];
  if (column.biasChange) return [colours.update, 1.5];
  return column.biasGrad ? [colours.backward, 1.5] : [colours.paper, 1.5];
}

/** The loss: a circle that holds its number. */
export function drawLoss(context: Context, { layout, scene, colours, hover, pinned }: Picture): void {
  const column = layout.columns.at(-1)!;
  const width = pinned?.kind === "loss" ? 3 : hover?.kind === "loss" ? 2.4 : 1.6;
  context.beginPath();
  context.arc(column.x, column.ys[0]!, column.width / 2, 0, 2 * Math.PI);
  context.fillStyle = colours.card;
  context.fill();
  context.globalAlpha = scene.loss === null ? 0.25 : 1;
  context.lineWidth = width;
  context.strokeStyle = colours.ink;
  context.stroke();
  context.globalAlpha = 1;
}
