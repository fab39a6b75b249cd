import type { Value } from "../api/types";
import { trace } from "./networkCurve";
import type { Bundle } from "./networkLayout";
import type { Context, Picture } from "./networkPicture";
import { dotWidth, edgeAlpha, edgeWidth, logSize } from "./networkScale";
import type { BundleScene } from "./networkScene";
import { meansEdge, unfolds } from "./networkTarget";

/** No more edges than this are drawn between two columns. */
const MOST = 3000;
/** Distance from dot to dot on an edge that carries a gradient; in a gap narrower than this they stand closer. */
const DOTS = 7;
const ROOMY = 120;

type Drawn = (j: number, k: number) => boolean;

/** The edges of one gap: lines for the weights, dots on them for the gradient or the change, what is lit on top. */
export function drawEdges(context: Context, picture: Picture, at: number): void {
  const bundle = picture.layout.bundles[at]!;
  const scene = picture.scene.bundles[at]!;
  const drawn = drawnOf(picture, at);
  if (bundle.kind === "loss") drawLossEdges(context, picture, bundle, scene.flowed);
  else if (drawn && scene.weight) drawWeights(context, picture, at, drawn, scene.weight);
}

/** Which edges are drawn: all, or of a matrix those around what is pinned. */
function drawnOf({ layout, pinned }: Picture, at: number): Drawn | null {
  const { kind } = layout.bundles[at]!;
  if (kind === "edges") return () => true;
  return kind === "matrix" ? unfolds(pinned, at) : null;
}

function drawWeights(context: Context, picture: Picture, at: number, drawn: Drawn, weight: Value): void {
  const bundle = picture.layout.bundles[at]!;
  const targets = [picture.hover, picture.pinned, ...picture.read];
  const lit: Drawn = (j, k) => targets.some((target) => meansEdge(target, at, j, k));
  const list = edgesOf(bundle, drawn);
  context.lineCap = "butt";
  for (const [j, k] of list) if (!lit(j, k)) line(context, picture, bundle, weight, j, k, false);
  for (const [j, k] of list) if (lit(j, k)) litLine(context, picture, at, j, k, weight);
  drawRides(context, picture, bundle, picture.scene.bundles[at]!, list);
}

function edgesOf(bundle: Bundle, drawn: Drawn): [j: number, k: number][] {
  const found: [number, number][] = [];
  for (let j = 0; j < bundle.to.units; j++)
    for (let k = 0; k < bundle.from.units && found.length < MOST; k++) if (drawn(j, k)) found.push([j, k]);
  return found;
}

const cellOf = (value: Value, j: number, k: number) => value.data[j * (value.shape[1] ?? 1) + k] ?? 0;

function line(
  context: Context,
  { colours }: Picture,
  bundle: Bundle,
  weight: Value,
  j: number,
  k: number,
  lit: boolean,
): void {
  const w = cellOf(weight, j, k);
  // Around what is pinned the few edges of a folded layer stand for themselves.
  const alone = bundle.kind === "matrix" ? 0.3 : 0;
  context.globalAlpha = lit ? 1 : Math.min(1, edgeAlpha(w) + alone);
  context.strokeStyle = Number.isFinite(w) ? (w >= 0 ? colours.positive : colours.negative) : colours.ink;
  context.setLineDash(Number.isFinite(w) ? [] : [4, 3]);
  context.lineWidth = lit ? Math.max(1.5, edgeWidth(w)) : edgeWidth(w);
  context.beginPath();
  trace(context, bundle, j, k);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** What is pinned has a rim of ink around it. */
function litLine(context: Context, picture: Picture, at: number, j: number, k: number, weight: Value): void {
  const bundle = picture.layout.bundles[at]!;
  if (meansEdge(picture.pinned, at, j, k)) {
    context.strokeStyle = picture.colours.ink;
    context.lineWidth = Math.max(1.5, edgeWidth(cellOf(weight, j, k))) + 3;
    context.beginPath();
    trace(context, bundle, j, k);
    context.stroke();
  }
  line(context, picture, bundle, weight, j, k, true);
}

/** What rides on the edges: in the update phase the change of each weight, else its gradient on the way back. */
function drawRides(
  context: Context,
  picture: Picture,
  bundle: Bundle,
  scene: BundleScene,
  list: [number, number][],
): void {
  const { colours, fade } = picture;
  if (!picture.rides) return;
  const fadeOf = (role: string) => fade(`${bundle.weight}.${role}`);
  if (scene.change) dots(context, bundle, scene.change, list, colours.update, fadeOf("update"));
  else if (scene.grad) {
    dots(context, bundle, scene.grad, list, colours.backward, fadeOf("grad"));
    arrows(context, bundle, list, colours.backward, fadeOf("grad"));
  }
}

function dots(
  context: Context,
  bundle: Bundle,
  ride: Value,
  list: [number, number][],
  colour: string,
  alpha: number,
): void {
  const scale = Math.max(0.6, Math.min(1, (bundle.x1 - bundle.x0) / ROOMY));
  context.strokeStyle = colour;
  context.lineCap = "round";
  context.setLineDash([0, DOTS * scale]);
  for (const [j, k] of list) {
    const carried = cellOf(ride, j, k);
    if (carried === 0) continue;
    context.globalAlpha = alpha * (0.3 + 0.7 * logSize(carried));
    context.lineWidth = dotWidth(carried) * scale;
    context.beginPath();
    trace(context, bundle, j, k);
    context.stroke();
  }
  context.setLineDash([]);
  context.lineCap = "butt";
  context.globalAlpha = 1;
}

/** Which way the gradient goes: into the unit that the edges came from. */
function arrows(
  context: Context,
  { x0, from }: Bundle,
  list: [number, number][],
  colour: string,
  alpha: number,
): void {
  if (from.height < 10) return;
  context.fillStyle = colour;
  context.globalAlpha = alpha;
  context.beginPath();
  for (const k of new Set(list.map(([, k]) => k))) {
    const y = from.ys[k]!;
    context.moveTo(x0 + 1, y);
    context.lineTo(x0 + 7, y - 3.5);
    context.lineTo(x0 + 7, y + 3.5);
  }
  context.fill();
  context.globalAlpha = 1;
}

/** The outputs go into the loss without weights. */
function drawLossEdges(context: Context, picture: Picture, bundle: Bundle, flowed: boolean): void {
  const { colours, scene } = picture;
  context.strokeStyle = colours.ink;
  context.globalAlpha = scene.loss === null ? 0.16 : 0.9;
  context.lineWidth = bundle.from.units === 1 ? 1.4 : 0.8;
  context.beginPath();
  for (let k = 0; k < bundle.from.units; k++) trace(context, bundle, 0, k);
  context.stroke();
  context.globalAlpha = 1;
  const grads = scene.columns.at(-2)!.arriving;
  if (!flowed || !grads || !picture.rides) return;
  const all = Array.from({ length: bundle.from.units }, (_, k) => [0, k] as [number, number]);
  const ride = { shape: [1, bundle.from.units], data: Float64Array.from(grads) };
  const alpha = picture.fade(`${bundle.from.value}.grad`);
  dots(context, bundle, ride, all, colours.backward, alpha);
  arrows(context, bundle, all, colours.backward, alpha);
}
