/** Any value as a matrix: a vector is one row, of more axes the last ones lie side by side. */
export interface Matrix {
  rows: number;
  columns: number;
}

export function matrixOf(shape: readonly number[]): Matrix {
  const cells = shape.reduce((product, n) => product * n, 1);
  const rows = shape.length > 1 ? shape[0]! : 1;
  return { rows, columns: rows ? cells / rows : 0 };
}

/** The index of a cell that is counted row by row. */
export function indexAt(shape: readonly number[], cell: number): number[] {
  const index: number[] = [];
  let rest = cell;
  for (const n of shape.toReversed()) {
    index.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return index;
}

/** The largest size of the numbers that are finite; 0 where there is none. */
export function largestOf(...lists: ArrayLike<number>[]): number {
  let most = 0;
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const size = Math.abs(list[i]!);
      if (size > most && Number.isFinite(size)) most = size;
    }
  return most;
}

/** Pixels of a cell: as large as fits, never larger than `most`; below one the picture is drawn smaller. */
export function cellSize({ rows, columns }: Matrix, width: number, height: number, most: number): number {
  const fitting = Math.min(width / Math.max(1, columns), height / Math.max(1, rows), most);
  return fitting >= 1 ? Math.floor(fitting) : fitting;
}
