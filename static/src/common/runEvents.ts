import type { Series } from "../store/history";
import { format } from "./format";

/** What of a run's course is told beside its loss, up to an iteration. */
export interface CourseMarks {
  /** Iterations in which clipping changed a gradient. */
  clipped: number[];
  /** The learning rate of each iteration; null where it never changes. */
  rate: readonly number[] | null;
  /** Where training would have ended; `best` is the iteration whose parameters to keep. */
  stop: { iteration: number; best: number | null } | null;
}

/** The marks up to the furthest iteration seen: what was fetched ahead stays hidden until playing gets there. */
export function courseMarks({ clipped, rate, stop }: Series, reach: number): CourseMarks {
  const end = clipped.findIndex((t) => t > reach);
  const known = rate.slice(0, reach + 1);
  const first = known.find((x) => !Number.isNaN(x));
  const ended = stop !== null && stop.iteration !== null && stop.iteration <= reach;
  return {
    clipped: end < 0 ? clipped : clipped.slice(0, end),
    rate: known.some((x) => !Number.isNaN(x) && x !== first) ? known : null,
    stop: ended ? { iteration: stop.iteration!, best: stop.best } : null,
  };
}

/** The rate as the height of a line, 0 to 1, on a scale of its own from zero to its largest. */
export function rateShares(rate: readonly number[]): (number | null)[] {
  const largest = rate.reduce((a, b) => (b > a ? b : a), 0);
  return rate.map((x) => (Number.isNaN(x) ? null : largest > 0 ? x / largest : 0));
}

/** Pixel columns in which something lies: however many iterations fall into one, it is drawn once. */
export function pixels(iterations: readonly number[], end: number, width: number): number[] {
  const at = iterations.map((t) => Math.round((t / Math.max(1, end)) * width));
  return at.filter((x, i) => x !== at[i - 1]);
}

/** How often clipping acted, in words: "clipped 12 of 40". */
export const clippedWords = (clipped: readonly number[], reach: number): string =>
  `clipped ${clipped.length} of ${reach + 1}`;

export const stopWords = ({ iteration, best }: NonNullable<CourseMarks["stop"]>): string =>
  `stops at ${iteration}${best === null ? "" : `, best ${best}`}`;

/** The learning rate of an iteration in words; a dash where it is not known yet. */
export const rateWords = (x: number | undefined): string =>
  x === undefined || Number.isNaN(x) ? "\u2013" : format(x, 3);
