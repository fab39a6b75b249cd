/** A number at an iteration. */
export interface At {
  iteration: number;
  value: number;
}

/** Where a curve is drawn: iterations 0 to `end` across, numbers from `low` to `high` up, in powers of ten where `log`. */
export interface Frame extends Range {
  width: number;
  height: number;
  end: number;
}
export interface Range {
  low: number;
  high: number;
  log: boolean;
}

/** From this ratio on, positive numbers are read in powers of ten. */
const FAR_APART = 1e3;

/** The range of what is finite, zero included unless it is one of powers of ten; never empty. */
export function rangeOf(values: Iterable<number>): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let least = Number.POSITIVE_INFINITY;
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    low = Math.min(low, x);
    high = Math.max(high, x);
    if (x > 0) least = Math.min(least, x);
  }
  if (low > high) return { low: 0, high: 1, log: false };
  if (low >= 0 && high / least > FAR_APART) return { low: least, high, log: true };
  [low, high] = [Math.min(0, low), Math.max(0, high)];
  return low === high ? { low: 0, high: 1, log: false } : { low, high, log: false };
}

/** The height of a number in its frame, in pixels from the top; what is outside lies on the edge. */
export function heightOf(value: number, { height, low, high, log }: Omit<Frame, "width" | "end">): number {
  const scale = (x: number) => (log ? Math.log(Math.max(x, low)) : x);
  const share = (scale(value) - scale(low)) / (scale(high) - scale(low));
  return (1 - Math.min(1, Math.max(0, share))) * (height - 2) + 1;
}

/** The curve as an SVG path: in a pixel with several points its first, least, greatest and last; a gap where there is no number. */
export function curvePath(points: readonly At[], frame: Frame): string {
  const parts: string[] = [];
  let open = false;
  for (const pixel of pixels(points, frame)) {
    if (pixel === null) open = false;
    else {
      for (const [x, y] of pixel) {
        parts.push(`${open ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
        open = true;
      }
    }
  }
  return parts.join("");
}

type Spot = [x: number, y: number];

function* pixels(points: readonly At[], frame: Frame): Generator<Spot[] | null> {
  const across = ({ iteration }: At) => (iteration / Math.max(1, frame.end)) * frame.width;
  const spot = (point: At): Spot => [across(point), heightOf(point.value, frame)];
  let column: Spot[] = [];
  for (const point of points) {
    if (Number.isNaN(point.value)) {
      if (column.length) yield extremes(column);
      column = [];
      yield null;
      continue;
    }
    const next = spot(point);
    if (column.length && Math.floor(next[0]) !== Math.floor(column[0]![0])) {
      yield extremes(column);
      column = [];
    }
    column.push(next);
  }
  if (column.length) yield extremes(column);
}

/** At most four of the spots in a pixel, in their order: no peak is lost, nothing is drawn twice. */
function extremes(column: Spot[]): Spot[] {
  if (column.length <= 4) return column;
  const ys = column.map(([, y]) => y);
  const kept = new Set([0, ys.indexOf(Math.min(...ys)), ys.indexOf(Math.max(...ys)), column.length - 1]);
  return column.filter((_, i) => kept.has(i));
}

/** The newest point at or before an iteration. */
export function pointAt(points: readonly At[], iteration: number): At | null {
  let [from, to] = [0, points.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (points[middle]!.iteration <= iteration) from = middle + 1;
    else to = middle;
  }
  return points[from - 1] ?? null;
}

/** Heights moved as little as it takes, downwards first, so that each has a gap to the next and none lies past `most`. */
export function spread(heights: readonly number[], gap: number, most: number): number[] {
  const order = [...heights.keys()].toSorted((a, b) => heights[a]! - heights[b]!);
  const found = [...heights];
  for (const [n, i] of order.entries()) if (n) found[i] = Math.max(found[i]!, found[order[n - 1]!]! + gap);
  let limit = most;
  for (const i of order.toReversed()) {
    found[i] = Math.min(found[i]!, limit);
    limit = found[i]! - gap;
  }
  return found;
}
