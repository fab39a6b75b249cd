import { wholeBox } from "../layout/boxes";
import { signOf } from "../layout/connections";
import { operatorPoints, RADIUS } from "../layout/skipConnections";
import type { Bundle, Column, Point } from "../layout/types";
import { arrowHead, dotted, undotted } from "./edges";
import type { Context, Picture } from "./picture";
import { dotWidth, logSize } from "./scales";
import { largestIn } from "./unitMaps";

/** Radius of the corners of a way around other columns. */
const CORNER = 10;
const SIGN_SIZE: { [sign: string]: number } = { max: 8 };

/** A way around the columns between: one line for all units, with the gradient riding back on it. */
export function drawWay(context: Context, picture: Picture, at: number): void {
  const { colours, hover, scene, rides, fade } = picture;
  const { way } = picture.layout.bundles[at]!;
  const { arrived, ride, flowed, back } = scene.bundles[at]!;
  const lit = hover?.kind === "way" && hover.bundle === at;
  context.strokeStyle = colours.ink;
  context.globalAlpha = lit ? 1 : arrived ? 0.55 : 0.18;
  context.lineWidth = lit ? 2 : 1.4;
  context.beginPath();
  along(context, way);
  context.stroke();
  context.globalAlpha = 1;
  if (!flowed || !rides) return;
  const size = ride ? largestIn(ride) : 0;
  ridden(context, colours.backward, size, fade(back), () => along(context, way));
  upHead(context, way[0]!);
}

/** The gradient's dots along any path; their size is that of the largest number that goes there. */
function ridden(context: Context, colour: string, size: number, alpha: number, path: () => void): void {
  context.fillStyle = colour; // of the head that follows
  if (size === 0) return;
  dotted(context, colour, 1);
  context.globalAlpha = alpha * (0.3 + 0.7 * logSize(size));
  context.lineWidth = dotWidth(size) + 0.6;
  context.beginPath();
  path();
  context.stroke();
  undotted(context);
}

function along(context: Context, way: readonly Point[]): void {
  context.moveTo(way[0]!.x, way[0]!.y);
  for (let i = 1; i < way.length - 1; i++) {
    const [before, corner, after] = [way[i - 1]!, way[i]!, way[i + 1]!];
    const room = Math.min(reach(before, corner), reach(corner, after)) / (i > 1 ? 2 : 1);
    context.arcTo(corner.x, corner.y, after.x, after.y, Math.max(0, Math.min(CORNER, room)));
  }
  context.lineTo(way.at(-1)!.x, way.at(-1)!.y);
}

const reach = (a: Point, b: Point) => Math.abs(a.x - b.x) + Math.abs(a.y - b.y);

/** The gradient comes back up into the column that the way started from. */
function upHead(context: Context, { x, y }: Point): void {
  context.beginPath();
  context.moveTo(x, y - 1);
  context.lineTo(x - 3.5, y + 5);
  context.lineTo(x + 3.5, y + 5);
  context.fill();
}

/** From the whole of one column to the whole of the next: where each number takes many, and there is no weight to see. */
export function drawLink(context: Context, picture: Picture, at: number): void {
  const { colours, scene, rides, fade, layout } = picture;
  const bundle = layout.bundles[at]!;
  const { arrived, flowed, ride, back } = scene.bundles[at]!;
  const { x0, x1 } = bundle;
  const middle = middles(bundle);
  context.fillStyle = context.strokeStyle = colours.ink;
  context.globalAlpha = arrived ? 0.06 : 0.03;
  context.beginPath();
  fan(context, bundle);
  context.fill();
  context.globalAlpha = arrived ? 0.42 : 0.16;
  context.lineWidth = 1;
  context.beginPath();
  swing(context, x0 + 3, x1 - 3, middle);
  context.stroke();
  context.globalAlpha = 1;
  if (!flowed || !rides || !ride) return;
  ridden(context, colours.backward, largestIn(ride), fade(back), () =>
    swing(context, x0 + 6, x1 - 3, middle),
  );
  context.beginPath();
  arrowHead(context, x0 + 1, middle[0]);
  context.fill();
}

export const middles = ({ from, to }: Bundle): readonly [number, number] => {
  const [a, b] = [wholeBox(from), wholeBox(to)];
  return [a.y + a.height / 2, b.y + b.height / 2];
};

function swing(context: Context, x0: number, x1: number, [y0, y1]: readonly [number, number]): void {
  const half = (x0 + x1) / 2;
  context.moveTo(x0, y0);
  context.bezierCurveTo(half, y0, half, y1, x1, y1);
}

function fan(context: Context, { from, to, x0, x1 }: Bundle): void {
  const [a, b] = [wholeBox(from), wholeBox(to)];
  const half = (x0 + x1) / 2;
  context.moveTo(x0 + 3, a.y);
  context.bezierCurveTo(half, a.y, half, b.y, x1 - 3, b.y);
  context.lineTo(x1 - 3, b.y + b.height);
  context.bezierCurveTo(half, b.y + b.height, half, a.y + a.height, x0 + 3, a.y + a.height);
  context.closePath();
}

/** What a layer does with its inputs, as a sign in a circle before each unit. */
export function drawOperators(context: Context, { colours, scene }: Picture, column: Column): void {
  const sign = signOf(column.node);
  if (!sign) return;
  const { values, delta, phase } = scene.columns[column.index]!;
  context.globalAlpha = 1;
  for (const { x, y } of operatorPoints(column)) {
    context.beginPath();
    context.arc(x, y, RADIUS, 0, 2 * Math.PI);
    context.fillStyle = colours.paper;
    context.fill();
    context.lineWidth = phase === "forward" ? 1.8 : 1.1;
    context.strokeStyle = delta ? colours.backward : values ? colours.ink : colours.mute;
    context.stroke();
    context.beginPath();
    context.moveTo(x + RADIUS, y);
    context.lineTo(column.x - column.width / 2, y);
    context.stroke();
    write(context, sign, x, y, values ? colours.ink : colours.mute);
  }
}

function write(context: Context, sign: string, x: number, y: number, colour: string): void {
  context.fillStyle = colour;
  context.font = `600 ${SIGN_SIZE[sign] ?? 13}px "Inter Variable", sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(sign, x, y + 0.5);
}
