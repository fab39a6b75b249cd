import { ABOVE_LOOKS } from "./columns";
import { gridWidth, mapHeight, mapWidth } from "./grids";
import type { Box, Bundle, Column } from "./types";

/** Where row j of a matrix lies: as high as unit j. */
export function rowBox({ box, to, kind, rows }: Bundle, j: number): Box {
  if (kind === "table") return { ...box, y: box.y + (j * box.height) / rows, height: box.height / rows };
  return { x: box.x, y: to.ys[j]! - to.height / 2, width: box.width, height: to.height };
}

/** Where the tile of unit j lies, without the gap around it. */
export function tileBox({ box, abreast, side, from }: Bundle, j: number): Box {
  const gap = side > 24 ? 2 : 1;
  const [rows, columns] = from.node.image!;
  const x = box.x + (j % abreast) * side + gap;
  const width = side - 2 * gap;
  const height = (width * rows) / columns;
  return { x, y: box.y + Math.floor(j / abreast) * side + gap, width, height };
}

/** Where the kernel from image c to image j lies. */
export function kernelBox({ box, shape, side, pitch, abreast: gap }: Bundle, j: number, c: number): Box {
  const [, , rows = 1, columns = 1] = shape;
  const [width, height] = [columns * side, rows * side];
  return { x: box.x + c * (width + gap), y: box.y + j * pitch, width, height };
}

/** Where cell k of row j of any weight lies that is not drawn as edges. */
export function weightBox(bundle: Bundle, j: number, k: number): Box {
  if (bundle.kind === "kernels") {
    const [, , rows = 1, columns = 1] = bundle.shape;
    const size = rows * columns;
    return partBox(kernelBox(bundle, j, Math.floor(k / size)), rows, columns, k % size);
  }
  if (bundle.kind === "tiles") return partBox(tileBox(bundle, j), ...bundle.from.node.image!, k);
  return partBox(rowBox(bundle, j), 1, bundle.columns, k);
}

/** Where entry k of so many rows and columns in a box lies. */
function partBox(box: Box, rows: number, columns: number, k: number): Box {
  const [width, height] = [box.width / columns, box.height / rows];
  return { x: box.x + (k % columns) * width, y: box.y + Math.floor(k / columns) * height, width, height };
}

/** Which entry of so many rows and columns in a box a point lies on; null outside. */
export function partAt(box: Box, rows: number, columns: number, x: number, y: number): number | null {
  if (!inside(box, x, y)) return null;
  const row = Math.floor(((y - box.y) / box.height) * rows);
  return row * columns + Math.floor(((x - box.x) / box.width) * columns);
}

/** Where a unit, or a cell of an image or a sequence, lies. */
export function unitBox(column: Column, unit: number): Box {
  const { grid, x, ys, width, height } = column;
  if (!grid) return { x: x - width / 2, y: ys[unit]! - height / 2, width, height };
  const { rows, columns, cellWidth, cellHeight, between } = grid;
  const turned = column.kind === "sequence";
  const [map, rest] = [Math.floor(unit / (rows * columns)), unit % (rows * columns)];
  const row = turned ? rest % rows : Math.floor(rest / columns);
  const at = turned ? Math.floor(rest / rows) : rest % columns;
  const box = mapBox(column, map);
  return {
    x: box.x + at * (cellWidth + between),
    y: box.y + row * cellHeight,
    width: cellWidth,
    height: cellHeight,
  };
}

/** Where one image of several lies, or all of a sequence. */
export function mapBox({ grid, x, ys, height, kind, width }: Column, map: number): Box {
  const g = grid!;
  const left = x - width / 2 + (width - gridWidth(g)) / 2;
  const [wide, high] = [mapWidth(g), mapHeight(g)];
  if (kind === "sequence") return { x: left, y: ys[0]! - height / 2, width: wide, height: high };
  return { x: left + (map % g.across) * (wide + g.gap), y: ys[map]! - high / 2, width: wide, height: high };
}

/** Where the picture of a head of attention lies, below what it gives. */
export function lookBox(column: Column, head: number): Box {
  const g = column.looks!;
  const [wide, high] = [mapWidth(g), mapHeight(g)];
  const whole = wholeBox(column);
  return {
    x: column.x - gridWidth(g) / 2 + (head % g.across) * (wide + g.gap),
    y: whole.y + whole.height + ABOVE_LOOKS + Math.floor(head / g.across) * (high + g.gap),
    width: wide,
    height: high,
  };
}

/** Where the number lies that says how much one position looks at another: counted through heads, rows, columns. */
export function lookCell(column: Column, unit: number): Box {
  const { rows, columns } = column.looks!;
  return partBox(
    lookBox(column, Math.floor(unit / (rows * columns))),
    rows,
    columns,
    unit % (rows * columns),
  );
}

/** All of a column, without what is written at it. */
export function wholeBox({ x, ys, width, height }: Column): Box {
  const y = Math.min(...ys) - height / 2;
  return { x: x - width / 2, y, width, height: Math.max(...ys) + height / 2 - y };
}

export const inside = (box: Box, x: number, y: number): boolean =>
  x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;

/** Where the bias of a folded layer's unit lies, or of an image: just before its own cell. */
export function barBox(column: Column, channel: number): Box {
  const { x, width, height, ys, grid } = column;
  const left = grid && column.kind !== "sequence" ? mapBox(column, channel).x + 1 : x - width / 2;
  return {
    x: left - 7,
    y: ys[channel]! - height / 2,
    width: 4,
    height: height > 4 ? height - 1 : height,
  };
}
