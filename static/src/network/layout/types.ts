import type { NetNode } from "./modelGraph";

export const SIDE = 22;

/** Between columns that stand below one another there is room for a title. */
export const STACKED = 44;

export type ColumnKind = "units" | "strip" | "image" | "maps" | "sequence" | "loss";
/** Where the values of a column's units are written: two lines or one below, beside, or only on hover. */
export type Labels = "full" | "value" | "side" | "none";
/** Where δ stands: at the unit's upper right, behind its value, or where there is no room for it there on the unit's rim. */
export type Pills = "above" | "inline" | "on";

/** What is drawn above one another: the inputs, a layer's units, or the loss. */
export interface Column {
  /** Its position among the columns. */
  index: number;
  node: NetNode;
  /** Name of the layer, or "input", "features", "loss". */
  name: string;
  title: string;
  subtitle: string;
  note: string;
  kind: ColumnKind;
  /** Value whose cells it shows, and the shape of one sample of it. */
  value: string;
  shape: readonly number[];
  /** How many cells that is. */
  units: number;
  /** Of images and sequences: how their cells lie. */
  grid: Grid | null;
  /** Of attention: where it looks, a picture for each head, below what it gives. */
  looks: Grid | null;
  /** Centre. */
  x: number;
  /** Width and height of a unit; of a strip the cell's, of images all of them together and one of them. */
  width: number;
  height: number;
  /** Centres of what weights lead to: units, images, the features of a sequence. */
  ys: number[];
  /** Name of the parameter with a bias for each of these; empty without. */
  bias: string;
  labels: Labels;
  pills: Pills;
  /** Room for labels beside the units; 0 where they stand below. */
  aside: number;
  /** Room for the title, and where it ends. */
  span: number;
  titleY: number;
  /** The end of what is drawn and written. */
  bottom: number;
}

export type BundleKind =
  | "edges"
  | "matrix"
  | "tiles"
  | "kernels"
  | "table"
  | "direct"
  | "link"
  | "skip"
  | "loss";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** What lies between two columns: weights, or the way that numbers take without any. */
export interface Bundle {
  index: number;
  kind: BundleKind;
  layer: string;
  /** Name and shape of the weight; empty where there is none. */
  weight: string;
  /** What its layer calls it. */
  key: string;
  shape: readonly number[];
  /** The weight as a matrix: a row for each entry of `to`. */
  rows: number;
  columns: number;
  from: Column;
  to: Column;
  offset: number;
  /** Where edges begin and end. */
  x0: number;
  x1: number;
  /** Of a matrix, the tiles, or the kernels. */
  box: Box;
  /** Tiles: how many beside one another, and the side of one with its gap. Kernels: their gap, a cell's side. */
  abreast: number;
  side: number;
  /** Kernels: from one row of them to the next. */
  pitch: number;
  /** The way around the columns between. */
  way: Point[];
  /** The value with the gradient that comes back through here, and the one with what this adds to its weight's. */
  back: string;
  part: string;
}

export interface Layout {
  width: number;
  height: number;
  columns: Column[];
  bundles: Bundle[];
  top: number;
  bottom: number;
  /** Whether titles stand on two lines, as one is too short; whether these are too short as well. */
  narrow: boolean;
  crowded: boolean;
}

/** How the cells of images or of a sequence lie: so many pictures of rows and columns. */
export interface Grid {
  maps: number;
  rows: number;
  columns: number;
  /** Width and height of a cell. */
  cellWidth: number;
  cellHeight: number;
  /** How many pictures stand beside one another, and the space around each. */
  across: number;
  gap: number;
  /** Space between the columns: the moments of a recurrent layer stand apart. */
  between: number;
}

/** A column before it has a place; `pitch` is the distance from one entry to the next. */
export type Draft = Omit<Column, "index" | "x" | "ys" | "bias" | "span" | "titleY" | "bottom"> & {
  pitch: number;
};
