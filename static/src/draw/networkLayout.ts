import type { Run } from "../api/types";
import { imageSide } from "./outputSamples";

/** More units than this in a layer fold into a strip. */
export const WIDEST = 12;
const LARGEST_UNIT = 50;
const SMALLEST_UNIT = 8;
/** Free space above the titles (the sample picker's), for the titles, below (the legend's) and at the sides. */
const TOP = 40;
const TITLE = 36;
const BOTTOM = 46;
const SIDE = 22;
const STRIP = 16;
/** Beside a unit: for its value, for a letter of its name, and at most for both. */
const VALUE_LABEL = 50;
const LETTER = 6.6;
const WIDEST_LABEL = 128;
/** Names longer than this have a line of their own. */
const SHORT_NAME = 4;
/** Heights of the line with the value and of the one with the bias. */
const LINE = 14;
/** Height of a pill with δ, and the space around it. */
const PILL = 22;

export type ColumnKind = "units" | "strip" | "image" | "loss";
/** Where the values of a column's units are written: two lines or one below, beside, or only on hover. */
export type Labels = "full" | "value" | "side" | "none";
/** Where δ stands: at the unit's upper right, or behind its value. */
export type Pills = "above" | "inline";

/** What is drawn above one another: the inputs, a layer's units, or the loss. */
export interface Column {
  /** Name of the layer, or "input", "loss". */
  name: string;
  title: string;
  subtitle: string;
  kind: ColumnKind;
  /** Value whose cells the units show. */
  value: string;
  units: number;
  /** Centre. */
  x: number;
  /** Width and height of a unit; of a strip the cell's, of an image the whole's. */
  width: number;
  height: number;
  /** Centres of the units; of an image, of its rows laid end to end. */
  ys: number[];
  labels: Labels;
  pills: Pills;
  /** Room for labels beside the units; 0 where they stand below. */
  aside: number;
  /** Room for the title. */
  span: number;
}

export type BundleKind = "edges" | "matrix" | "tiles" | "loss";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** All weights between two columns. */
export interface Bundle {
  kind: BundleKind;
  layer: string;
  /** Name of the weight; empty from the output to the loss. */
  weight: string;
  from: Column;
  to: Column;
  /** Where edges begin and end. */
  x0: number;
  x1: number;
  /** Of a matrix, or of the tiles. */
  box: Box;
  /** Tiles: how many beside one another, and the side of one with its gap. */
  across: number;
  side: number;
}

export interface Layout {
  width: number;
  height: number;
  columns: Column[];
  bundles: Bundle[];
  titleBottom: number;
  top: number;
  bottom: number;
}

type Draft = Omit<Column, "x" | "ys" | "span"> & { pitch: number };

/** Where everything stands: depends on the network and the window, never on a number, so that nothing jumps. */
export function layoutNetwork(run: Run, width: number, height: number): Layout {
  const top = TOP + TITLE;
  const bottom = Math.max(top + 40, height - BOTTOM);
  const drafts = draftColumns(run, width, bottom - top);
  const columns = placeColumns(drafts, width, (top + bottom) / 2);
  const bundles = columns.slice(1).map((to, at) => bundleBetween(run, columns[at]!, to, at));
  return { width, height, columns, bundles, titleBottom: TOP + TITLE - 14, top, bottom };
}

function draftColumns(run: Run, width: number, room: number): Draft[] {
  const counts = [run.features.length, ...run.layers.map((layer) => layer.units)];
  const most = Math.max(...counts.filter((n) => n <= WIDEST), 1);
  const across = (width - 2 * SIDE) / (counts.length + 0.62);
  const inputs = draft("input", "x", counts[0]!, room, across, most);
  const side = imageSide(run.features);
  const first = side && counts[0]! > WIDEST ? asImage(inputs, room, across) : inputs;
  const layers = run.layers.map((layer) => ({
    ...draft(layer.name, layer.a, layer.units, room, across, most),
    title: layer.title,
    subtitle: layer.activation === "identity" ? "" : words(layer.activation),
  }));
  const last = layers.at(-1);
  const outputNames = run.classes.length === last?.units ? run.classes : [];
  if (last) putAside(last, outputNames, across);
  putAside(first, run.features, across);
  return [{ ...first, title: "input" }, ...layers, lossDraft(run, across)];
}

/** At either end names can stand beside their units: where there is no room below, or they are long words. */
function putAside(column: Draft, names: readonly string[], across: number): void {
  const longest = Math.max(2, ...names.map((name) => name.length));
  if (column.kind !== "units" || across < 84) return;
  if (column.labels !== "none" && (longest <= SHORT_NAME || column.name !== "input")) return;
  const words = longest * LETTER;
  column.labels = "side";
  column.aside = Math.min(
    WIDEST_LABEL,
    longest > SHORT_NAME ? Math.max(VALUE_LABEL, words) : words + VALUE_LABEL,
  );
}

function draft(
  name: string,
  value: string,
  units: number,
  room: number,
  across: number,
  most: number,
): Draft {
  const column = { name, value, units, title: name, subtitle: "", aside: 0, pills: "inline" as const };
  if (units > WIDEST) {
    const height = Math.min(14, room / units);
    return { ...column, kind: "strip", width: STRIP, height, labels: "none", pitch: height };
  }
  const common = Math.min(room / most, 104);
  const pitch = Math.min(room / units, common * (1 + 0.14 * (most - units)), 140);
  const { size, labels, pills } = unitSize(pitch, across);
  return { ...column, kind: "units", width: size, height: size, labels, pills, pitch };
}

/** As large as fits with as much written below as fits. */
function unitSize(pitch: number, across: number): { size: number; labels: Labels; pills: Pills } {
  const labels = across < 84 || pitch < 46 ? "none" : pitch < 76 ? "value" : "full";
  const most = labels === "value" ? 40 : LARGEST_UNIT;
  const written = labels === "full" ? 2 * LINE + 8 : labels === "value" ? LINE + 8 : 6;
  const size = Math.max(SMALLEST_UNIT, Math.floor(Math.min(most, across * 0.42, pitch - written)));
  return { size, labels, pills: pitch - size < 2 * LINE + PILL ? "inline" : "above" };
}

function asImage(column: Draft, room: number, across: number): Draft {
  const side = Math.floor(Math.min(136, room, Math.max(32, across * 0.8)));
  return { ...column, kind: "image", width: side, height: side, pitch: side / column.units };
}

function lossDraft(run: Run, across: number): Draft {
  const size = Math.round(Math.max(26, Math.min(56, across * 0.5)));
  const column = { name: "loss", value: "loss", units: 1, title: "loss", subtitle: words(run.loss.name) };
  return {
    ...column,
    aside: 0,
    pills: "inline",
    kind: "loss",
    width: size,
    height: size,
    labels: "full",
    pitch: size,
  };
}

const words = (name: string) => name.replaceAll("_", " ");

/** Shares what is left of the width among the gaps: more where a matrix stands in one, less before the loss. */
function placeColumns(drafts: Draft[], width: number, middle: number): Column[] {
  const before = drafts[0]!.aside ? drafts[0]!.aside + 8 : labelMargin(drafts[0]!);
  const after = drafts.at(-2)!.aside;
  const shares = drafts.slice(1).map((to, at) => gapShare(drafts[at]!, to));
  const taken = drafts.reduce((sum, d) => sum + d.width, 0) + before + after;
  const unit = Math.max(0, width - 2 * SIDE - taken) / shares.reduce((sum, share) => sum + share, 0);
  const left: number[] = [];
  let x = SIDE + before;
  drafts.forEach((d, at) => {
    if (at === drafts.length - 1) x += after;
    left.push(x);
    x += d.width + (shares[at] ?? 0) * unit;
  });
  const centres = drafts.map((d, at) => left[at]! + d.width / 2);
  const lifts = drafts.map((d, at) => liftOf(d.kind === "loss" ? drafts[at - 1]! : d));
  return drafts.map((d, at) => placed(d, centres, at, middle, width, lifts[at]!));
}

/** Names below the first column are wider than its units. */
const labelMargin = (first: Draft) => (first.labels === "none" ? 0 : Math.max(0, 34 - first.width / 2));

function gapShare(from: Draft, to: Draft): number {
  if (to.kind === "loss") return 0.62;
  if (from.kind === "image") return 1.7;
  return from.kind === "strip" || to.kind === "strip" ? 1.3 : 1;
}

/** Half of what is written below a unit: unit and words are centred together; the loss stays beside its output. */
const liftOf = ({ kind, labels }: Draft) =>
  kind !== "units" ? 0 : labels === "full" ? LINE : labels === "value" ? LINE / 2 : 0;

function placed(
  { pitch, ...draft }: Draft,
  centres: number[],
  at: number,
  middle: number,
  width: number,
  lift: number,
): Column {
  const x = centres[at]!;
  const toLeft = at > 0 ? x - centres[at - 1]! : 2 * x;
  const toRight = at + 1 < centres.length ? centres[at + 1]! - x : 2 * (width - x);
  const ys = Array.from({ length: draft.units }, (_, k) => middle + (k - (draft.units - 1) / 2) * pitch);
  return { ...draft, x, ys: ys.map((y) => Math.round(y - lift)), span: Math.min(toLeft, toRight) };
}

function bundleBetween(run: Run, from: Column, to: Column, at: number): Bundle {
  const layer = run.layers[at];
  const x0 = from.x + from.width / 2 + (to.kind === "loss" && from.aside ? from.aside + 12 : 0);
  const x1 = to.x - to.width / 2;
  const kind = bundleKind(from, to);
  const bundle = { kind, layer: to.name, weight: layer ? `${layer.name}.weight` : "", from, to, x0, x1 };
  if (kind === "tiles") return tiled({ ...bundle, box: tallBox(x0, x1, to, 0.84), across: 1, side: 0 });
  return { ...bundle, box: tallBox(x0, x1, to, 0.66), across: 0, side: 0 };
}

function bundleKind(from: Column, to: Column): BundleKind {
  if (to.kind === "loss") return "loss";
  if (from.kind === "image") return "tiles";
  return from.kind === "units" && to.kind === "units" ? "edges" : "matrix";
}

/** In the middle of the gap, as high as the column that it leads to: row j lies beside unit j. */
function tallBox(x0: number, x1: number, to: Column, part: number): Box {
  const width = Math.max(0, Math.floor((x1 - x0) * part));
  const first = to.ys[0]! - to.height / 2;
  return {
    x: Math.round((x0 + x1 - width) / 2),
    y: first,
    width,
    height: to.ys.at(-1)! + to.height / 2 - first,
  };
}

/** The largest square tiles with which all of a layer's images fit into the box; too small ones become a matrix. */
function tiled(bundle: Bundle): Bundle {
  const { box, to } = bundle;
  const middle = box.y + box.height / 2;
  const room = Math.max(box.height, 320);
  let side = 0;
  let across = 1;
  for (let n = 1; n <= to.units; n++) {
    const candidate = Math.min(box.width / n, room / Math.ceil(to.units / n), 64);
    if (candidate > side) [side, across] = [candidate, n];
  }
  if (side < 14) return { ...bundle, kind: "matrix" };
  side = Math.floor(side);
  const width = across * side;
  const height = Math.ceil(to.units / across) * side;
  const x = box.x + (box.width - width) / 2;
  return {
    ...bundle,
    across,
    side,
    box: { x: Math.round(x), y: Math.round(middle - height / 2), width, height },
  };
}

/** Where row j of a matrix lies: as high as unit j. */
export function rowBox({ box, to }: Bundle, j: number): Box {
  return { x: box.x, y: to.ys[j]! - to.height / 2, width: box.width, height: to.height };
}

/** Where the tile of unit j lies, without the gap around it. */
export function tileBox({ box, across, side }: Bundle, j: number): Box {
  const gap = side > 24 ? 2 : 1;
  const x = box.x + (j % across) * side + gap;
  return { x, y: box.y + Math.floor(j / across) * side + gap, width: side - 2 * gap, height: side - 2 * gap };
}

/** Where pixel k of an image lies. */
export function pixelBox(box: Box, side: number, k: number): Box {
  const size = box.width / side;
  return { x: box.x + (k % side) * size, y: box.y + Math.floor(k / side) * size, width: size, height: size };
}

export const unitBox = (column: Column, unit: number): Box =>
  column.kind === "image"
    ? pixelBox(imageBox(column), Math.round(Math.sqrt(column.units)), unit)
    : {
        x: column.x - column.width / 2,
        y: column.ys[unit]! - column.height / 2,
        width: column.width,
        height: column.height,
      };

export function imageBox(column: Column): Box {
  const middle = (column.ys[0]! + column.ys.at(-1)!) / 2;
  return {
    x: column.x - column.width / 2,
    y: middle - column.height / 2,
    width: column.width,
    height: column.height,
  };
}

export const inside = (box: Box, x: number, y: number): boolean =>
  x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
