import type { Value } from "../../api/types";
import { updateOf } from "../../common/valueNames";
import { trace } from "../layout/edgeCurve";
import { meansEdge, unfolds } from "../layout/target";
import type { Bundle } from "../layout/types";
import { joins } from "../row";
import type { Context, Picture } from "./picture";
import { dotWidth, edgeAlpha, edgeWidth, logSize } from "./scales";
import type { BundleScene } from "./scene";

/** No more edges than this are drawn between two columns. */
const MOST = 3000;
/** Distance from dot to dot on an edge that carries a gradient; in a gap narrower than this they stand closer. */
export const DOTS = 7;
const ROOMY = 120;

type Drawn = (j: number, k: number) => boolean;
type Pair = readonly [j: number, k: number];

/** The edges of one gap: lines for the weights, dots on them for the gradient or the change, what is lit on top. */
export function drawEdges(context: Context, picture: Picture, at: number): void {
  const bundle = picture.layout.bundles[at]!;
  const possible = drawnPairs(bundle) ?? unfolds(picture.pinned, bundle);
  const { weight } = picture.scene.bundles[at]!;
  if (!possible) return;
  const drawn: Drawn = (j, k) => possible(j, k) && joins(picture.row, bundle, j, k);
  if (weight) drawWeights(context, picture, bundle, drawn, weight);
  else if (!bundle.weight) drawPlain(context, picture, bundle, drawn);
}

/** Which pairs of units a line joins always; null where none do, or only around what is pinned. */
export function drawnPairs({ kind, offset, to }: Bundle): Drawn | null {
  const { made } = to.node;
  if (kind === "edges" || kind === "loss") return () => true;
  if (kind === "direct" && made) return (j, k) => made[j]?.includes(k) ?? false;
  return kind === "direct" ? (j, k) => j === k + offset : null;
}

function drawWeights(context: Context, picture: Picture, bundle: Bundle, drawn: Drawn, weight: Value): void {
  const targets = [picture.hover, picture.pinned, ...picture.read];
  const lit = ([j, k]: Pair) => targets.some((target) => meansEdge(target, bundle, j, keyOf(bundle, k)));
  const list = edgesOf(bundle, drawn);
  context.lineCap = "butt";
  for (const pair of list) if (!lit(pair)) line(context, picture, bundle, weight, pair, false);
  for (const pair of list) if (lit(pair)) litLine(context, picture, bundle, pair, weight);
  drawRides(context, picture, bundle, picture.scene.bundles[bundle.index]!, list);
}

/** A scale has one number per unit, wherever the line comes from. */
const keyOf = ({ kind }: Bundle, k: number) => (kind === "direct" ? 0 : k);

function edgesOf(bundle: Bundle, drawn: Drawn): Pair[] {
  const found: Pair[] = [];
  for (let j = 0; j < bundle.to.ys.length; j++)
    for (let k = 0; k < bundle.from.ys.length && found.length < MOST; k++)
      if (drawn(j, k)) found.push([j, k]);
  return found;
}

const cellOf = (bundle: Bundle, value: Value, [j, k]: Pair) =>
  value.data[j * (value.shape[1] ?? 1) + keyOf(bundle, k)] ?? 0;

function line(
  context: Context,
  { colours }: Picture,
  bundle: Bundle,
  weight: Value,
  [j, k]: Pair,
  lit: boolean,
): void {
  const w = cellOf(bundle, weight, [j, k]);
  // Around what is pinned the few edges of a folded layer stand for themselves.
  const alone = bundle.kind === "matrix" ? 0.3 : 0;
  context.globalAlpha = lit ? 1 : Math.min(1, edgeAlpha(w) + alone);
  context.strokeStyle = Number.isFinite(w) ? (w >= 0 ? colours.positive : colours.negative) : colours.ink;
  context.setLineDash(Number.isFinite(w) ? [] : [4, 3]);
  const width = bundle.kind === "direct" ? Math.min(edgeWidth(w), bundle.to.height / 5) : edgeWidth(w);
  context.lineWidth = lit ? Math.max(1.5, width) : width;
  context.beginPath();
  trace(context, bundle, j, k);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** What is pinned has a rim of ink around it. */
function litLine(context: Context, picture: Picture, bundle: Bundle, [j, k]: Pair, weight: Value): void {
  if (meansEdge(picture.pinned, bundle, j, keyOf(bundle, k))) {
    context.strokeStyle = picture.colours.ink;
    context.lineWidth = Math.max(1.5, edgeWidth(cellOf(bundle, weight, [j, k]))) + 3;
    context.beginPath();
    trace(context, bundle, j, k);
    context.stroke();
  }
  line(context, picture, bundle, weight, [j, k], true);
}

/** What rides on the edges: in the update phase the change of each weight, else its gradient on the way back. */
function drawRides(
  context: Context,
  picture: Picture,
  bundle: Bundle,
  { change, part, grad, partName }: BundleScene,
  list: readonly Pair[],
): void {
  const { colours, fade } = picture;
  const back = part ?? grad;
  if (!picture.rides) return;
  const carried = (value: Value) => (pair: Pair) => cellOf(bundle, value, pair);
  if (change) dots(context, bundle, list, carried(change), colours.update, fade(updateOf(bundle.weight)));
  else if (back) {
    dots(context, bundle, list, carried(back), colours.backward, fade(partName));
    arrows(context, bundle, list, colours.backward, fade(partName));
  }
}

function dots(
  context: Context,
  bundle: Bundle,
  list: readonly Pair[],
  carried: (pair: Pair) => number,
  colour: string,
  alpha: number,
): void {
  const scale = Math.max(0.6, Math.min(1, (bundle.x1 - bundle.x0) / ROOMY));
  dotted(context, colour, scale);
  for (const pair of list) {
    const size = carried(pair);
    if (size === 0) continue;
    context.globalAlpha = alpha * (0.3 + 0.7 * logSize(size));
    context.lineWidth = dotWidth(size) * scale;
    context.beginPath();
    trace(context, bundle, pair[0], pair[1]);
    context.stroke();
  }
  undotted(context);
}

/** Lines become rows of dots, until `undotted`. */
export function dotted(context: Context, colour: string, scale: number): void {
  context.strokeStyle = colour;
  context.lineCap = "round";
  context.setLineDash([0, DOTS * scale]);
}

export function undotted(context: Context): void {
  context.setLineDash([]);
  context.lineCap = "butt";
  context.globalAlpha = 1;
}

/** Which way the gradient goes: into the unit that the edges came from. */
function arrows(
  context: Context,
  { x0, from }: Bundle,
  list: readonly Pair[],
  colour: string,
  alpha: number,
): void {
  if (from.kind !== "units" || from.height < 10) return;
  context.fillStyle = colour;
  context.globalAlpha = alpha;
  context.beginPath();
  for (const k of new Set(list.map(([, k]) => k))) arrowHead(context, x0 + 1, from.ys[k]!);
  context.fill();
  context.globalAlpha = 1;
}

/** Adds a head that points left to the path. */
export function arrowHead(context: Context, x: number, y: number): void {
  context.moveTo(x, y);
  context.lineTo(x + 6, y - 3.5);
  context.lineTo(x + 6, y + 3.5);
}

/** Where numbers pass as they are there is no weight: a line for each, and on the way back its gradient. */
function drawPlain(context: Context, picture: Picture, bundle: Bundle, drawn: Drawn): void {
  const { colours, scene, rides, fade } = picture;
  const { arrived, ride, back } = scene.bundles[bundle.index]!;
  const list = edgesOf(bundle, drawn);
  const toLoss = bundle.kind === "loss";
  context.strokeStyle = colours.ink;
  context.globalAlpha = !arrived ? 0.16 : toLoss ? 0.9 : 0.42;
  context.lineWidth = toLoss && bundle.from.units === 1 ? 1.4 : 0.8;
  context.beginPath();
  for (const [j, k] of list) trace(context, bundle, j, k);
  context.stroke();
  context.globalAlpha = 1;
  if (!ride || !rides) return;
  dots(context, bundle, list, ([, k]) => ride[k] ?? 0, colours.backward, fade(back));
  arrows(context, bundle, list, colours.backward, fade(back));
}
