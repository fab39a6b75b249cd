import type { ProgramStep, Run } from "../api/types";
import { bundlesOf } from "./networkBundles";
import { type Draft, draftColumn, kindOf } from "./networkColumns";
import { type NetNode, networkNodes, sizeOf } from "./networkGraph";
import type { Grid } from "./networkGrid";
import { placeColumns } from "./networkPlaces";
import { LANE, lanesOf } from "./networkSkips";
import { wiresOf } from "./networkWires";

/** Free space above the titles (the sample picker's), for the titles, and below (the legend's). */
const TOP = 40;
const TITLE = 36;
const BOTTOM = 46;
/** For a line of a title more, and for a second row of captions. */
const LINE = 13;

/**
 * Columns closer than this, or than the longest word of a title, leave no room for titles beside one another: they stand
 * on so many lines by turns.
 */
const CROWDED = 50;
const TITLE_LETTER = 5.6;
export const TURNS = 3;

export const SIDE = 22;

export type ColumnKind = "units" | "strip" | "image" | "maps" | "sequence" | "loss";
/** Where the values of a column's units are written: two lines or one below, beside, or only on hover. */
export type Labels = "full" | "value" | "side" | "none";
/** Where δ stands: at the unit's upper right, behind its value, or where there is no room for it there on the unit. */
export type Pills = "above" | "inline" | "corner";

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

/** Where everything stands: depends on the network and the window, never on a number, so that nothing jumps. */
export function layoutNetwork(
  run: Run,
  steps: readonly ProgramStep[],
  width: number,
  height: number,
): Layout {
  const nodes = networkNodes(run, steps);
  const slots = slotsOf(nodes);
  const lanes = lanesOf(nodes);
  const crowded =
    (width - 2 * SIDE) / slots.length < Math.max(CROWDED, longestWord(nodes) * TITLE_LETTER + 4);
  const top = TOP + TITLE + (crowded || nodes.some(({ note }) => note) ? LINE : 0);
  const captions = nodes.filter((node) => kindOf(node) !== "units").length > 4 ? LINE : 0;
  const bottom = Math.max(top + 40, height - BOTTOM - captions - LANE * Math.max(0, ...lanes.values()));
  const drafts = draftAll(run, nodes, slots, width, bottom - top);
  const wires = wiresOf(drafts);
  const columns = placeColumns(drafts, wires, slots, { width, top, bottom });
  const bundles = bundlesOf(columns, wires, steps, lanes, { top, bottom: bottom + captions });
  const narrow = columns.some((c) => c.kind !== "loss" && c.span < wordy(c)) || endsMeet(columns, width);
  return { width, height, columns, bundles, top, bottom, narrow, crowded };
}

const longestWord = (nodes: readonly NetNode[]): number =>
  Math.max(...nodes.flatMap(({ title }) => title.split(" ").map((word) => word.length)));

/** About how wide a title on one line is. */
export const wordy = ({ title, subtitle }: Column): number => (title.length + subtitle.length) * 6.6 + 16;

/** Whether the title of the loss, which ends at the edge, would touch that of the column before. */
function endsMeet(columns: readonly Column[], width: number): boolean {
  const [last, loss] = columns.slice(-2) as [Column, Column];
  return loss.span < wordy(loss) && width - SIDE - wordy(loss) < last.x + wordy(last) / 2;
}

/** Columns that stand below one another: those at the same depth; what goes around others is the lowest. */
function slotsOf(nodes: readonly NetNode[]): NetNode[][] {
  const depths = Array.from({ length: nodes.at(-1)!.depth + 1 }, (_, depth) => depth);
  const slots = depths.map((depth) => nodes.filter((node) => node.depth === depth));
  const skips = (node: NetNode) =>
    nodes.some((to) => to.inputs.includes(node.value) && to.depth > node.depth + 1) ? 1 : 0;
  return slots.map((slot) => slot.toSorted((a, b) => skips(a) - skips(b)));
}

/** Between columns that stand below one another there is room for a title. */
export const STACKED = 44;

function draftAll(
  run: Run,
  nodes: readonly NetNode[],
  slots: readonly NetNode[][],
  width: number,
  height: number,
): Draft[] {
  const across = (width - 2 * SIDE) / (slots.length - 1 + 0.62);
  const shown = nodes.filter((node) => kindOf(node) === "units").map(({ shape }) => sizeOf(shape));
  const most = Math.max(...shown, 1);
  const drafts: Draft[] = [];
  for (const node of nodes) {
    const beside = slots[node.depth]!.length;
    const share = (height - STACKED * (beside - 1)) / beside;
    const source = drafts.find(({ value, kind }) => value === node.inputs[0] && kind === "maps");
    const cell = source?.grid?.cellWidth ?? null;
    drafts.push(draftColumn(run, node, { height: share, whole: height, across, most, cell }));
  }
  return drafts;
}
