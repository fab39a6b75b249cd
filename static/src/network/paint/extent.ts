import { lookBox, wholeBox } from "../layout/boxes";
import { BEFORE, RADIUS } from "../layout/skipConnections";
import type { Bundle, Column } from "../layout/types";

/** From left to right. */
export interface Extent {
  from: number;
  to: number;
}

/** What stands around a unit or an image: its rims, its bias, its operator, the gradient that comes up to it. */
const AROUND_COLUMN = BEFORE + RADIUS + 11;
/** Widest half of a line or of a pulse, and the marks beside a table. */
const AROUND_BUNDLE = 10;

/** All across that is painted of a column. */
export function columnExtent(column: Column): Extent {
  const whole = wholeBox(column);
  const looks = Array.from({ length: column.looks?.maps ?? 0 }, (_, head) => lookBox(column, head));
  const boxes = [whole, ...looks];
  return {
    from: Math.min(...boxes.map(({ x }) => x)) - AROUND_COLUMN,
    to: Math.max(...boxes.map(({ x, width }) => x + width)) + AROUND_COLUMN,
  };
}

/** All across that is painted of what lies between two columns. */
export function bundleExtent({ x0, x1, box, way }: Bundle): Extent {
  const xs = [x0, x1, box.x, box.x + box.width, ...way.map(({ x }) => x)];
  return { from: Math.min(...xs) - AROUND_BUNDLE, to: Math.max(...xs) + AROUND_BUNDLE };
}

export const meet = (a: Extent, b: Extent): boolean => a.from < b.to && b.from < a.to;

/** Those that meet made one, from left to right. */
export function merged(extents: readonly Extent[]): Extent[] {
  const found: Extent[] = [];
  for (const next of extents.toSorted((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last && next.from <= last.to)
      found[found.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    else found.push(next);
  }
  return found;
}
