import type { Cell } from "../api/types";
import { type Names, subjectOf } from "../common/valueNames";

/** Two indices touch when one is the other, or is left open (empty: the whole value). */
const sameIndex = (a: readonly number[], b: readonly number[]) =>
  a.length === 0 || b.length === 0 || (a.length === b.length && a.every((x, i) => x === b[i]));

export const sameCell = (a: Cell | null, b: Cell | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.value === b.value &&
    a.index.length === b.index.length &&
    sameIndex(a.index, b.index));

/** Whether pointing at `cell` means this very value at this index. */
export const touches = (cell: Cell | null, value: string, index: readonly number[] = []): boolean =>
  cell !== null && cell.value === value && sameIndex(cell.index, index);

/** Whether pointing at `cell` means the same thing as this, in whatever role: the weight for its gradient. */
export const concerns = (
  names: Names,
  cell: Cell | null,
  value: string,
  index: readonly number[] = [],
): boolean =>
  cell !== null && subjectOf(names, cell.value) === subjectOf(names, value) && sameIndex(cell.index, index);

/** Position in the flat data of the element at `index`. */
export const offset = (shape: readonly number[], index: readonly number[]): number =>
  index.reduce((at, i, axis) => at * (shape[axis] ?? 1) + i, 0);

/** The inverse of `offset`. */
export function unravel(shape: readonly number[], at: number): number[] {
  const index = new Array<number>(shape.length);
  let rest = at;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] || 1;
    index[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return index;
}

export const cellText = (cell: Cell): string =>
  cell.index.length ? `${cell.value}[${cell.index.join(", ")}]` : cell.value;
