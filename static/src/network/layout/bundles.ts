import type { ProgramStep } from "../../api/types";
import { gradientOf, partOf } from "../../common/valueNames";
import { wholeBox } from "./boxes";
import { signOf, type Wire } from "./connections";
import { sizeOf } from "./modelGraph";
import { BEFORE, laneKey, operatorPoints, RADIUS, wayAround } from "./skipConnections";
import type { Box, Bundle, Column } from "./types";

/** Below what a way around passes. */
const ENDS = 4;
/** Part of a gap that what stands in it fills. */
const FILLS = { matrix: 0.66, tiles: 0.84, kernels: 0.7, table: 0.66 } as const;
const TILES_AT_MOST = 64;
const CELL_AT_MOST = 12;
/** A row of a matrix is this high where there is room. */
const ROW = 6;
/** Between the titles and the highest matrix. */
const BELOW_TITLES = 6;
/** Below a matrix: room for its caption; between two of a layer also for the line that runs through the middle. */
const CAPTION = 22;
const BETWEEN = 34;
/** Each matrix of a block has so much of the width: as much as the symbol of its gradient needs. */
const ABREAST = 56;
/** Below a matrix of a block: its symbol, and space before what comes next. */
const SYMBOL = 20;
/** A block of smaller matrices than this shows nothing. */
const SMALLEST = 12;

interface Room {
  top: number;
  bottom: number;
}

/** All connections in their places; ways around other columns run in lanes below `bottom`. */
export function bundlesOf(
  columns: readonly Column[],
  wires: readonly Wire[],
  steps: readonly ProgramStep[],
  lanes: ReadonlyMap<string, number>,
  { top, bottom }: Room,
): Bundle[] {
  return wires.map((wire, index) => {
    const bundle = bundleOf(columns, wire, steps, index);
    if (wire.kind === "tiles") return tiled(bundle);
    if (wire.kind === "kernels") return kernels(bundle);
    if (wire.kind === "table")
      return placedTable(columns, bundle, tablesBeside(wires, wire), { top, bottom });
    if (wire.kind !== "skip") return bundle;
    const lane = lanes.get(laneKey(bundle.from.name, bundle.to.name)) ?? 1;
    const floor = Math.min(bottom, lowestBetween(columns, wires, bundle, top));
    const way = wayAround(columns, bundle.from, bundle.to, lane, floor, entryOf(bundle));
    return { ...bundle, way };
  });
}

/** The lowest end of what a way around passes; where matrices stand below one another, of all the room. */
function lowestBetween(
  columns: readonly Column[],
  wires: readonly Wire[],
  { from, to }: Bundle,
  top: number,
): number {
  const within = ({ node }: Column) => node.depth >= from.node.depth && node.depth <= to.node.depth;
  const stacked = (w: Wire) =>
    w.kind === "table" && !roomAbove(columns, columns[w.to]!, w.parameter!.shape, top);
  const tall = wires.some((w) => w.to !== from.index && within(columns[w.to]!) && stacked(w));
  const ends = columns.filter(within).map((column) => column.bottom);
  return tall ? Number.POSITIVE_INFINITY : Math.max(...ends) + ENDS;
}

function bundleOf(
  columns: readonly Column[],
  wire: Wire,
  steps: readonly ProgramStep[],
  index: number,
): Bundle {
  const [from, to] = [columns[wire.from]!, columns[wire.to]!];
  const shape = wire.parameter?.shape ?? [];
  const x0 = from.x + from.width / 2 + (to.kind === "loss" && from.aside ? from.aside + 12 : 0);
  const x1 = to.x - to.width / 2 - (signOf(to.node) ? BEFORE + RADIUS : 0);
  const fills = wire.kind in FILLS ? FILLS[wire.kind as keyof typeof FILLS] : 0.66;
  return {
    index,
    kind: wire.kind,
    layer: to.name,
    weight: wire.parameter?.name ?? "",
    key: wire.parameter?.key ?? "",
    shape,
    rows: shape[0] ?? 0,
    columns: sizeOf(shape.slice(1)),
    from,
    to,
    offset: wire.offset,
    x0,
    x1,
    box: tallBox(x0, x1, to, fills),
    abreast: 1,
    side: 0,
    pitch: 0,
    way: [],
    back: gradientThrough(steps, to.name, from.value),
    part: wire.parameter ? gradientThrough(steps, to.name, wire.parameter.name) : "",
  };
}

/**
 * What a layer hands back for a value: `dense1.a.grad`, or a part of it like `dense1.a.grad.1` where other layers take
 * the value too. Where the layer itself uses it more than once, the sum if that is all of the gradient. Empty if none
 * comes back.
 */
function gradientThrough(steps: readonly ProgramStep[], layer: string, value: string): string {
  const whole = gradientOf(value);
  const written = new Set(steps.map(({ output }) => output));
  const outputs = new Set([whole]);
  for (let n = 1; written.has(partOf(value, n)); n++) outputs.add(partOf(value, n));
  const back = steps.filter(({ phase, output }) => phase === "backward" && outputs.has(output));
  if (!back.length) return "";
  const own = back.filter((step) => step.layer === layer && step.op !== "accumulate");
  const others = back.some((step) => step.layer !== layer);
  return own.length === 1 ? own[0]!.output : others ? (own.at(-1)?.output ?? whole) : whole;
}

/** In the middle of the gap, as high as the column that it leads to: row j lies beside unit j. */
function tallBox(x0: number, x1: number, to: Column, part: number): Box {
  const width = Math.max(0, Math.floor((x1 - x0) * part));
  const first = Math.min(...to.ys) - to.height / 2;
  const height = Math.max(...to.ys) + to.height / 2 - first;
  return { x: Math.round((x0 + x1 - width) / 2), y: first, width, height };
}

/** The largest square tiles with which all of a layer's images fit into the box; too small ones become a matrix. */
function tiled(bundle: Bundle): Bundle {
  const { box, rows } = bundle;
  const middle = box.y + box.height / 2;
  const room = Math.max(box.height, 320);
  let side = 0;
  let abreast = 1;
  for (let n = 1; n <= rows; n++) {
    const candidate = Math.min(box.width / n, room / Math.ceil(rows / n), TILES_AT_MOST);
    if (candidate > side) [side, abreast] = [candidate, n];
  }
  if (side < 14) return { ...bundle, kind: "matrix" };
  side = Math.floor(side);
  const width = abreast * side;
  const height = Math.ceil(rows / abreast) * side;
  const x = box.x + (box.width - width) / 2;
  return {
    ...bundle,
    abreast,
    side,
    box: { x: Math.round(x), y: Math.round(middle - height / 2), width, height },
  };
}

/** A kernel for every pair of channels: a row of them for each image that they make, beside it where there is room. */
function kernels(bundle: Bundle): Bundle {
  const [outputs = 1, inputs = 1, high = 1, wide = 1] = bundle.shape;
  const { box, to } = bundle;
  const gap = inputs * outputs > 64 ? 1 : 3;
  const beside = to.grid!.across === 1;
  const room = beside ? to.height : Math.max(box.height, 200) / outputs - gap;
  const cell = Math.min((box.width + gap) / inputs / (wide + gap / 3), room / high, CELL_AT_MOST);
  const side = Math.max(0.5, cell > 3 ? Math.floor(cell) : cell);
  const pitch = beside && outputs > 1 ? to.ys[1]! - to.ys[0]! : high * side + gap;
  const width = inputs * (wide * side + gap) - gap;
  const height = (outputs - 1) * pitch + high * side;
  const x = Math.round(box.x + (box.width - width) / 2);
  const y = box.y + box.height / 2 - height / 2;
  return { ...bundle, abreast: gap, side, pitch, box: { x, y, width, height } };
}

const tablesBeside = (wires: readonly Wire[], { to, parameter }: Wire): [at: number, count: number] => {
  const all = wires.filter((wire) => wire.kind === "table" && wire.to === to);
  return [all.findIndex((wire) => wire.parameter === parameter), all.length];
};

/** The matrices of attention stand as a block above it where there is room, all others in the gap. */
function placedTable(
  columns: readonly Column[],
  bundle: Bundle,
  beside: [at: number, count: number],
  room: Room,
): Bundle {
  const above = roomAbove(columns, bundle.to, bundle.shape, room.top);
  return above ? inBlock(bundle, beside[0], above) : table(bundle, beside, room);
}

interface Above {
  abreast: number;
  x: number;
  ceiling: number;
  cell: number;
}

/** The block with the largest cells, two by two or all abreast; null where neither has room. */
function roomAbove(
  columns: readonly Column[],
  to: Column,
  shape: readonly number[],
  top: number,
): Above | null {
  if (!to.looks || columns.some((c) => c !== to && c.node.depth === to.node.depth)) return null;
  const [square, row] = [2, 4].map((abreast) => blockOf(columns, to, shape, top, abreast)) as [Above, Above];
  const best = row.cell > square.cell * 1.5 ? row : square;
  return best.cell * (shape[0] ?? 1) < SMALLEST ? null : best;
}

/** Its middle, where it ends, and how large its cells are: above all columns that it reaches over. */
function blockOf(
  columns: readonly Column[],
  to: Column,
  [rows = 1, wide = 1]: readonly number[],
  top: number,
  abreast: number,
): Above {
  const x = to.x - to.width / 2;
  const below = columns.filter((c) => Math.abs(c.x - x) < (abreast * ABREAST + c.width) / 2);
  const ceiling = Math.min(...below.map((c) => wholeBox(c).y)) - 4;
  const cell = Math.min((ABREAST - 10) / wide, (((ceiling - top) * abreast) / 4 - SYMBOL) / rows);
  return { abreast, x, ceiling, cell };
}

function inBlock(bundle: Bundle, at: number, { abreast, x, ceiling, cell }: Above): Bundle {
  const [width, height] = [cell * bundle.columns, cell * bundle.rows];
  const middle = x + ((at % abreast) - (abreast - 1) / 2) * ABREAST;
  const y = ceiling - (4 / abreast - Math.floor(at / abreast)) * (height + SYMBOL);
  return { ...bundle, abreast, side: cell, box: { x: middle - width / 2, y, width, height } };
}

/** Several matrices of a layer stand below one another. */
function table(bundle: Bundle, [at, count]: [at: number, count: number], room: Room): Bundle {
  const { box, rows } = bundle;
  const [top, bottom] = [room.top + BELOW_TITLES, room.bottom];
  const wanted = Math.max(box.height, count * Math.max(60, rows * ROW + BETWEEN));
  const high = Math.min(wanted, bottom - top) - BETWEEN * (count - 1);
  const share = high / count;
  const cell = Math.min(box.width / bundle.columns, share / bundle.rows, CELL_AT_MOST);
  const size = { width: cell * bundle.columns, height: cell * bundle.rows };
  const middle = wanted > box.height ? (top + bottom - CAPTION) / 2 : box.y + box.height / 2;
  const first = middle - (high + BETWEEN * (count - 1)) / 2 + at * (share + BETWEEN);
  const x = box.x + (box.width - size.width) / 2;
  return { ...bundle, side: cell, box: { x, y: first + (share - size.height) / 2, ...size } };
}

/** Where a way around ends: at the highest operator, or in the middle of the part that it becomes. */
function entryOf({ from, to, offset }: Bundle): number {
  if (signOf(to.node)) return operatorPoints(to)[0]!.y;
  if (!to.node.picture.stacks || to.ys.length !== to.units) return (to.ys[0]! + to.ys.at(-1)!) / 2;
  return (to.ys[offset]! + to.ys[offset + from.units - 1]!) / 2;
}
