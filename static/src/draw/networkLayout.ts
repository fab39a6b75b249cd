import type { Run } from "../api/types";
import { draftColumns, placeColumns } from "./networkColumns";

/** Free space above the titles (the sample picker's), for the titles, and below (the legend's). */
const TOP = 40;
const TITLE = 36;
const BOTTOM = 46;

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

/** Where everything stands: depends on the network and the window, never on a number, so that nothing jumps. */
export function layoutNetwork(run: Run, width: number, height: number): Layout {
  const top = TOP + TITLE;
  const bottom = Math.max(top + 40, height - BOTTOM);
  const drafts = draftColumns(run, width, bottom - top);
  const columns = placeColumns(drafts, width, (top + bottom) / 2);
  const bundles = columns.slice(1).map((to, at) => bundleBetween(run, columns[at]!, to, at));
  return { width, height, columns, bundles, titleBottom: TOP + TITLE - 14, top, bottom };
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
