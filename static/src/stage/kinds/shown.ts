import type { Reading } from "../reading";

/** What every picture of a layer is given: the numbers, the room, and whether the gradient has come. */
export interface Shown {
  reading: Reading;
  width: number;
  height: number;
  backward: boolean;
}

/** A whole number of pixels between two bounds. */
export const sized = (wanted: number, least: number, most: number): number =>
  Math.max(least, Math.min(most, Math.floor(wanted)));
