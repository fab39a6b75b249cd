import type { Run } from "../../api/types";
import { gridHeight, gridOf, gridWidth, mapHeight } from "./grids";
import type { NetNode } from "./modelGraph";
import { sizeOf } from "./modelGraph";
import type { ColumnKind, Draft, Grid, Labels, Pills } from "./types";

/** More units than this in a layer fold into a strip. */
const WIDEST = 12;
const LARGEST_UNIT = 50;
const SMALLEST_UNIT = 8;
const STRIP = 16;
/** Beside a unit: for its value, for a letter of its name, and at most for both. */
const VALUE_LABEL = 50;
const LETTER = 6.6;
const WIDEST_LABEL = 128;
/** Columns this far apart have room for a short name and a value below their units. */
const CLOSE = 72;
/** Names longer than this have a line of their own. */
const SHORT_NAME = 4;
/** Height of the line with the value and of the one with the bias. */
export const LINE = 14;
/** Height of a pill with δ, and the space around it. */
const PILL = 22;

/** The room that a column has: its height, that of the picture, its share of the width, the most units of a column. */
export interface Room {
  height: number;
  whole: number;
  across: number;
  most: number;
  /** The side of a cell of the images that it takes, if it does. */
  cell: number | null;
  /** A small window: units take more of it, and what is written stands closer. */
  small: boolean;
}

export function kindOf({ type, shape, image }: NetNode): ColumnKind {
  if (type === "loss") return "loss";
  if (shape.length === 3) return "maps";
  if (shape.length === 2) return "sequence";
  if (sizeOf(shape) <= WIDEST) return "units";
  return type === "input" && image ? "image" : "strip";
}

export function draftColumn(run: Run, node: NetNode, room: Room): Draft {
  const kind = kindOf(node);
  const column = commonOf(node, kind);
  if (kind === "loss") return lossDraft(column, room);
  if (kind === "units") return unitsDraft(run, column, room);
  if (kind === "strip") return stripDraft(column, room);
  const shape = kind === "image" ? [1, ...node.image!] : node.shape;
  const wide = Math.max(32, room.across * (kind === "image" ? 0.8 : 0.66));
  const looks = looksGrid(node, room);
  const height = room.height - (looks ? gridHeight(looks) + ABOVE_LOOKS : 0);
  const grid = gridOf(kind, shape, node, wide, height, room.cell);
  const draft = { ...column, looks, ...gridDraft(grid, kind) };
  return looks ? { ...draft, width: Math.max(draft.width, gridWidth(looks)) } : draft;
}

function commonOf(node: NetNode, kind: ColumnKind) {
  const { name, title, subtitle, note, value, shape } = node;
  const written = { labels: "none" as Labels, pills: "inline" as Pills, aside: 0 };
  return {
    node,
    name,
    title,
    subtitle,
    note,
    value,
    shape,
    kind,
    units: sizeOf(shape),
    grid: null,
    looks: null,
    ...written,
  };
}
type Common = ReturnType<typeof commonOf>;

/** Between what attention gives and the pictures of where it looks: two captions. */
export const ABOVE_LOOKS = 34;
const LARGEST_LOOK = 72;
const HEAD_GAP = 6;

/** A square for each head: a row for each position that looks, a column for each that it sees. */
function looksGrid({ looks }: NetNode, { across, height }: Room): Grid | null {
  if (!looks) return null;
  const { heads, rows, columns } = looks;
  const abreast = Math.min(heads, 2);
  const high = height / (2 * Math.ceil(heads / abreast)) - HEAD_GAP;
  const side = Math.min(LARGEST_LOOK, (across * 0.8) / abreast, high);
  const cell = Math.max(1, Math.floor(side / Math.max(rows, columns)));
  const size = { rows, columns, cellWidth: cell, cellHeight: cell };
  return { ...size, maps: heads, across: abreast, gap: HEAD_GAP, between: 0 };
}

function stripDraft(column: Common, { height }: Room): Draft {
  const pitch = Math.min(14, height / column.units);
  return { ...column, width: STRIP, height: pitch, pitch };
}

function gridDraft(grid: Grid, kind: ColumnKind) {
  const height = kind === "sequence" ? grid.cellHeight : mapHeight(grid);
  const pitch = kind === "sequence" ? grid.cellHeight : height + grid.gap;
  return { grid, width: gridWidth(grid), height, pitch };
}

function unitsDraft(run: Run, column: Common, { height, whole, across, most, small }: Room): Draft {
  const common = Math.min(whole / most, 104);
  const pitch = Math.min(height / column.units, common * (1 + 0.14 * (most - column.units)), 140);
  const { size, labels, pills } = unitSize(pitch, across, small);
  const draft: Draft = { ...column, width: size, height: size, labels, pills, pitch };
  return { ...draft, ...sideLabels(draft, endNames(run, column.node), across) };
}

/** As large as fits with as much written below as fits. */
function unitSize(
  pitch: number,
  across: number,
  small: boolean,
): { size: number; labels: Labels; pills: Pills } {
  const labels = across < (small ? CLOSE : 84) || pitch < 46 ? "none" : pitch < 76 ? "value" : "full";
  const most = labels === "value" ? 40 : LARGEST_UNIT;
  const written = labels === "full" ? 2 * LINE + 8 : labels === "value" ? LINE + 8 : 6;
  const size = Math.max(
    SMALLEST_UNIT,
    Math.floor(Math.min(most, across * (small ? 0.54 : 0.42), pitch - written)),
  );
  return { size, labels, pills: pitch - size < 2 * LINE + PILL ? "inline" : "above" };
}

/** At either end of the network units have names; null between. */
function endNames(run: Run, { type, layer, units }: NetNode & { units?: number }): readonly string[] | null {
  if (type === "input") return run.features;
  if (!layer || layer !== run.layers.at(-1)) return null;
  return run.classes.length === (units ?? layer.units) ? run.classes : [];
}

/** There they can stand beside their units: where there is no room below, or they are long words. */
function sideLabels(draft: Draft, names: readonly string[] | null, across: number): Partial<Draft> {
  if (!names || across < 64) return {};
  const longest = Math.max(2, ...names.map((name) => name.length));
  if (draft.labels !== "none" && longest <= SHORT_NAME) return {};
  const words = longest * LETTER;
  const wide = longest > SHORT_NAME ? Math.max(VALUE_LABEL, words) : words + VALUE_LABEL;
  return { labels: "side", aside: Math.min(WIDEST_LABEL, wide) };
}

function lossDraft(column: Common, { across }: Room): Draft {
  const size = Math.round(Math.max(26, Math.min(56, across * 0.5)));
  return { ...column, units: 1, width: size, height: size, labels: "full", pitch: size };
}

/** How high all that is drawn of a column is, without what is written below it. */
export const contentHeight = ({ grid, kind, pitch, height, units }: Draft): number =>
  grid && kind !== "sequence" ? gridHeight(grid) : ((grid?.rows ?? units) - 1) * pitch + height;

/** The pictures of attention below that, with the space before them. */
export const looksHeight = ({ looks }: Pick<Draft, "looks">): number =>
  looks ? gridHeight(looks) + ABOVE_LOOKS : 0;

/** How much is written below the last unit. */
export function writtenBelow({ kind, labels }: Draft): number {
  if (kind === "loss") return 0;
  if (kind !== "units") return LINE + 4;
  return labels === "full" ? 2 * LINE + 4 : labels === "value" ? LINE + 4 : 2;
}
