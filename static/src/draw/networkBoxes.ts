import type { Box, Bundle, Column } from "./networkLayout";

/** Where row j of a matrix lies: as high as unit j. */
export function rowBox({ box, to }: Bundle, j: number): Box {
  return { x: box.x, y: to.ys[j]! - to.height / 2, width: box.width, height: to.height };
}

/** Where the tile of unit j lies, without the gap around it. */
export function tileBox({ box, across, side }: Bundle, j: number): Box {
  const gap = side > 24 ? 2 : 1;
  const x = box.x + (j % across) * side + gap;
  return { x, y: box.y + Math.floor(j / across) * side + gap, width: side - 2 * gap, height: side - 2 * gap };
}

/** Where pixel k of an image lies. */
export function pixelBox(box: Box, side: number, k: number): Box {
  const size = box.width / side;
  return { x: box.x + (k % side) * size, y: box.y + Math.floor(k / side) * size, width: size, height: size };
}

export const unitBox = (column: Column, unit: number): Box =>
  column.kind === "image"
    ? pixelBox(imageBox(column), Math.round(Math.sqrt(column.units)), unit)
    : {
        x: column.x - column.width / 2,
        y: column.ys[unit]! - column.height / 2,
        width: column.width,
        height: column.height,
      };

export function imageBox(column: Column): Box {
  const middle = (column.ys[0]! + column.ys.at(-1)!) / 2;
  return {
    x: column.x - column.width / 2,
    y: middle - column.height / 2,
    width: column.width,
    height: column.height,
  };
}

export const inside = (box: Box, x: number, y: number): boolean =>
  x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;

/** Where the bias of a folded layer's unit lies: just before the unit's own cell. */
export const stripBiasBox = (column: Column, unit: number): Box => {
  const { x, y, height } = unitBox(column, unit);
  return { x: x - 7, y, width: 4, height: height > 4 ? height - 1 : height };
};
