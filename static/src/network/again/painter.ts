import type { Layout } from "../layout/types";
import { type Extent, merged } from "../paint/extent";
import { paint } from "../paint/paintNetwork";
import type { Context, Picture } from "../paint/picture";
import { changed } from "./touched";

/** Where so much of the width is painted anew, all of it may as well be. */
const MOST = 0.7;

/** Paints a network again and again on the same canvas: only what is otherwise than the last time. */
export class Painter {
  #last: Picture | null = null;

  /** Whoever clears the canvas has all of it painted next time. */
  forget(): void {
    this.#last = null;
  }

  /** `ratio` is how many of the canvas's pixels are one of the picture's. */
  paint(context: Context, picture: Picture, ratio: number): void {
    const parts = this.#last && changed(this.#last, picture);
    this.#last = picture;
    const extents = parts && merged(parts.map((extent) => aligned(toColumns(extent, picture.layout), ratio)));
    const across = extents?.reduce((sum, { from, to }) => sum + to - from, 0) ?? Number.POSITIVE_INFINITY;
    if (!extents || across > MOST * picture.layout.width) paint(context, picture);
    else for (const extent of extents) paint(context, picture, extent);
  }
}

/**
 * From the middle of a column to that of another: a curve of which only a part is painted has other edges than all of it.
 * The loss is all curve.
 */
function toColumns({ from, to }: Extent, { columns, width }: Layout): Extent {
  const middles = columns.filter(({ kind }) => kind !== "loss").map(({ x }) => x);
  return {
    from: Math.max(0, ...middles.filter((x) => x <= from)),
    to: Math.min(width, ...middles.filter((x) => x >= to)),
  };
}

/** To whole pixels: no pixel is painted in part. */
const aligned = ({ from, to }: Extent, ratio: number): Extent => ({
  from: Math.floor(from * ratio) / ratio,
  to: Math.ceil(to * ratio) / ratio,
});
