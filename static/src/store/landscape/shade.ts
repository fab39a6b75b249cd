import { scaleLinear } from "d3-scale";
import type { Landscape } from "../../api/types";

/** The one scale of shades that ground and dots share: from the least loss to a cap a little above the paths' greatest. */
export interface ShadeScale {
  low: number;
  high: number;
  log: boolean;
}

/** What lies higher than the paths ever were, by more than this share, is all one shade. */
const HEADROOM = 0.15;

export function shadeScale({ losses, paths }: Pick<Landscape, "losses" | "paths">): ShadeScale {
  const ground = [...losses.data].filter(Number.isFinite);
  const walked = paths.flatMap(({ points }) => points.map(({ loss }) => loss)).filter(Number.isFinite);
  const low = Math.min(
    ...walked,
    ground.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  );
  const top = Math.max(...walked, Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(low) || !Number.isFinite(top)) return { low: 0, high: 1, log: false };
  const high = top + HEADROOM * (low > 0 ? top : top - low);
  return high > low ? { low, high, log: low > 0 } : { low, high: low + 1, log: false };
}

/** How dark: 1 at the least loss, 0 at the cap and above it, and for what is no number. */
export function shadeOf(loss: number, { low, high, log }: ShadeScale): number {
  if (Number.isNaN(loss)) return 0;
  const at = (x: number) => (log ? Math.log(Math.max(x, low)) : x);
  return Math.min(1, Math.max(0, (at(high) - at(loss)) / (at(high) - at(low))));
}

const FINE = [1, 1.2, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
const COARSER = [FINE, [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1]];
const MOST_LEVELS = 18;

/** Round losses, at which lines are drawn, from the least of the ground to its greatest. */
export function levelsOf(values: Iterable<number>, { low, high, log }: ShadeScale): number[] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of values)
    if (Number.isFinite(x)) [least, most] = [Math.min(least, x), Math.max(most, Math.min(x, 4 * high))];
  const between = (levels: number[]) => levels.filter((level) => level > least && level < most);
  if (!log)
    return between(
      scaleLinear()
        .domain([low, high])
        .ticks(MOST_LEVELS / 2),
    );
  const [first, last] = [least, most].map((x) => Math.floor(Math.log10(x))) as [number, number];
  if (!Number.isFinite(first) || !Number.isFinite(last)) return [];
  for (const steps of COARSER) {
    const levels = between(range(first, last).flatMap((e) => steps.map((m) => rounded(m, e))));
    if (levels.length <= MOST_LEVELS || steps === COARSER.at(-1)) return levels;
  }
  return [];
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const rounded = (m: number, e: number) => Number(`${m}e${e}`);
