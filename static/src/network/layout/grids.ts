import type { NetNode } from "./modelGraph";
import type { ColumnKind, Grid } from "./types";

const LARGEST_IMAGE = 136;
const SMALLEST_IMAGE = 18;
const LARGEST_CELL = 16;
/** Pictures at least this high stay below one another, as long as they fit. */
const CLEAR = 30;
const GAP = 6;
/** Moments of a layer that hands something on from one to the next. */
const APART = 6;
/** Tokens are written into their cells. */
const TOKEN = 15;
const LETTER = 9;
const MOST_TOKENS = 24;

export const gridWidth = (g: Grid): number => g.across * (mapWidth(g) + g.gap) - g.gap;
export const gridHeight = (g: Grid): number => Math.ceil(g.maps / g.across) * (mapHeight(g) + g.gap) - g.gap;
export const mapWidth = (g: Grid): number => g.columns * (g.cellWidth + g.between) - g.between;
export const mapHeight = (g: Grid): number => g.rows * g.cellHeight;

/** Cells of tokens have room for their names, and moments stand apart. */
type Told = Pick<NetNode, "type" | "moments">;

/** As large as fits into so much width and height. */
export function gridOf(
  kind: ColumnKind,
  shape: readonly number[],
  node: Told,
  width: number,
  height: number,
  cell: number | null,
): Grid {
  if (kind === "sequence") return sequenceGrid(shape, node, width, height);
  return mapsGrid(shape, width, height, cell ?? LARGEST_CELL);
}

/** Positions from left to right, what stands at one of them from top to bottom. */
function sequenceGrid(shape: readonly number[], node: Told, width: number, height: number): Grid {
  const tokens = node.type === "tokens";
  const [columns = 1, rows = 1] = shape;
  const between = node.moments.length && columns <= 16 ? APART : 0;
  const fitting = (width * 1.15 - between * (columns - 1)) / columns;
  const readable = tokens && columns <= MOST_TOKENS ? LETTER : 1.5;
  const cellWidth = Math.max(readable, Math.min(LARGEST_CELL, whole(fitting)));
  const fitted = Math.min(LARGEST_CELL, Math.max(cellWidth, 6), whole((0.86 * height) / rows));
  const cellHeight = tokens ? TOKEN : fitted;
  return { maps: 1, rows, columns, cellWidth, cellHeight, across: 1, gap: 0, between };
}

/** Cells are no larger than those of the images before: smaller images look smaller, as long as they can be seen. */
function mapsGrid(shape: readonly number[], width: number, height: number, before: number): Grid {
  const [maps = 1, rows = 1, columns = 1] = shape;
  const largest = Math.min(LARGEST_CELL, Math.max(before, SMALLEST_IMAGE / Math.max(rows, columns)));
  const sized = (across: number) => {
    const down = Math.ceil(maps / across);
    const wide = (width - GAP * (across - 1)) / (across * columns);
    const high = (height - GAP * (down - 1)) / (down * rows);
    return Math.min(wide, high, LARGEST_IMAGE / Math.max(rows, columns), largest);
  };
  let across = 1;
  for (let n = 2; n <= maps && sized(across) * rows < CLEAR; n++) if (sized(n) > sized(across)) across = n;
  const cell = Math.max(0.5, whole(sized(across)));
  return { maps, rows, columns, cellWidth: cell, cellHeight: cell, across, gap: GAP, between: 0 };
}

/** Whole pixels where there are some. */
const whole = (size: number) => (size > 4 ? Math.floor(size) : size);
