import type { Run, Values } from "../api/types";
import { gradientOf } from "../common/valueNames";

/** A unit of the picture: what it computes, and how much gradient reaches it. */
export interface Unit {
  x: number;
  y: number;
  /** Its map over the inputs, or its one number. */
  cells: ArrayLike<number>;
  side: number;
  /** |δ| on the picture's scale, 0 to 1; null where none reaches it, or before there is one. */
  reached: number | null;
}
export interface Column {
  layer: string;
  units: Unit[];
  /** Units that have no room. */
  more: number;
}
export interface Line {
  from: Unit;
  to: Unit;
  weight: number;
}
export interface Plan {
  tile: number;
  columns: Column[];
  lines: Line[];
}

/** More units of a layer are counted, not drawn. */
const MOST_UNITS = 8;
const LARGEST = 18;
/** The scale of |δ|: from here to 1, in powers of ten. */
const FLOOR = 1e-7;

/** Where each layer's units lie, with the lines of the weights between them. */
export function planOf({ layers }: Run, values: Values, width: number, height: number): Plan {
  const seen = layers.filter(({ a }) => values.has(a));
  const pitch = width / Math.max(1, seen.length + 1);
  const most = Math.min(MOST_UNITS, Math.max(1, ...seen.map(({ a }) => unitsIn(values.get(a)!.shape))));
  const down = Math.min(31, height / most);
  const tile = Math.floor(Math.max(4, Math.min(LARGEST, pitch * 0.62, down * 0.62)));
  const columns = seen.map(({ name, a, z }, i) => {
    const { shape, data } = values.get(a)!;
    const all = unitsIn(shape);
    const count = Math.min(all, MOST_UNITS);
    const reach = values.get(gradientOf(z ?? a));
    const units = Array.from({ length: count }, (_, k): Unit => {
      const y = height / 2 + (k - (count - 1) / 2) * down;
      const delta = reach ? norm(part(reach.data, k, all)) : null;
      return {
        x: pitch * (i + 1),
        y,
        ...looks(values, a, data, k, all),
        reached: delta ? shareOf(delta) : null,
      };
    });
    return { layer: name, units, more: all - count };
  });
  return { tile, columns, lines: linesOf(seen, columns, values) };
}

/** Units of a value: its last axis, of a picture its channels; the first axis is the frame's. */
const unitsIn = (shape: readonly number[]): number => (shape.length > 3 ? shape[1]! : shape.at(-1)!);

/** The numbers of one of so many units, each with as many in a row. */
function part(data: ArrayLike<number>, unit: number, units: number): number[] {
  const each = Math.floor(data.length / units);
  return Array.from({ length: each }, (_, i) => data[unit * each + i]!);
}

function looks(values: Values, a: string, data: ArrayLike<number>, unit: number, units: number) {
  const maps = values.get(`maps/${a}`);
  if (maps) return { cells: part(maps.data, unit, units), side: maps.shape.at(-1)! };
  const cells = part(data, unit, units);
  const side = Math.sqrt(cells.length);
  return Number.isInteger(side) ? { cells, side } : { cells: cells.slice(0, 1), side: 1 };
}

const norm = (numbers: readonly number[]) => Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0));

function shareOf(size: number): number {
  const share = 1 - Math.log10(Math.max(size, FLOOR)) / Math.log10(FLOOR);
  return Math.max(0, Math.min(1, share));
}

function linesOf(layers: Run["layers"], columns: readonly Column[], values: Values): Line[] {
  return layers.flatMap(({ name, inputs }, i) => {
    const before = layers.findIndex(({ a }) => a === inputs[0]);
    const weight = values.get(`${name}.weight`);
    const source = before < 0 ? null : values.get(layers[before]!.a);
    if (!weight || !source || weight.shape.length !== 3 || weight.shape[2] !== unitsIn(source.shape))
      return [];
    const fan = weight.shape[2]!;
    return columns[i]!.units.flatMap((to, j) =>
      columns[before]!.units.map((from, k) => ({ from, to, weight: weight.data[j * fan + k]! })),
    );
  });
}
