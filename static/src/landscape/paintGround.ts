import { between, channels, type Palette } from "../common/colour";
import type { Grid } from "../store/landscape/contours";
import { type ShadeScale, shadeOf } from "../store/landscape/shade";

/** Not all of the way to ink: lines and dots must be seen on the darkest ground. */
const DARKEST = 0.74;
const PALEST = 0.03;

/** Loss is ink, the darker the lower. */
export function inkShade(loss: number, scale: ShadeScale, colours: Palette): [number, number, number] {
  const share = PALEST + (DARKEST - PALEST) * shadeOf(loss, scale) ** 1.2;
  const [r, g, b] = between(channels(colours.paper), channels(colours.ink), share);
  return [r, g, b];
}

export const rgb = (colour: readonly number[]): string => `rgb(${colour.map(Math.round).join(" ")})`;

/** One pixel a point of the grid, the largest b at the top. */
export function groundPixels(grid: Grid, scale: ShadeScale, colours: Palette): ImageData {
  const image = new ImageData(grid.columns, grid.rows);
  for (let row = 0; row < grid.rows; row++)
    for (let x = 0; x < grid.columns; x++) {
      const loss = grid.values[(grid.rows - 1 - row) * grid.columns + x]!;
      image.data.set([...inkShade(loss, scale, colours), 255], 4 * (row * grid.columns + x));
    }
  return image;
}
