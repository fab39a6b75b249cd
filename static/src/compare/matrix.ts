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

/** Pixels of a cell: as large as fits, never larger than `most`; below one the picture is drawn smaller. */
export function cellSize({ rows, columns }: Matrix, width: number, height: number, most: number): number {
  const fitting = Math.min(width / Math.max(1, columns), height / Math.max(1, rows), most);
  return fitting >= 1 ? Math.floor(fitting) : fitting;
}
