import type { Point } from "../../api/types";

/** What the chart draws of one run. */
export interface Curves {
  loss: readonly number[];
  train: readonly Point[];
  test: readonly Point[];
}
export type Track = [x: number[], y: (number | null)[]];

/** More points than this a line does not need: two a pixel of the widest chart. */
const POINTS = 720;
/** Of the loss per batch so much may lie above the chart: else one first spike would flatten all that follows. */
const CUT = 0.005;

const finite = (y: number | undefined): y is number => y !== undefined && Number.isFinite(y);
const shown = (y: number | undefined, log: boolean): number | null =>
  !finite(y) || (log && y <= 0) ? null : log ? Math.log10(y) : y;

/** How many numbers of a run a scale of powers of ten has no place for. */
export function withoutLogarithm({ loss, train, test }: Curves, end: number): number {
  const points = [...train, ...test].filter(({ iteration }) => iteration <= end);
  const all = [...loss.slice(0, end + 1), ...points.map(({ value }) => value)];
  return all.filter((y) => finite(y) && y <= 0).length;
}

/** Iterations per bucket: a power of two, so that a growing series keeps the buckets that it has. */
function bucketSize(count: number): number {
  let size = 1;
  while ((2 * count) / size > POINTS) size *= 2;
  return size;
}

/** What a run that was left for a branch went on to: before that the two are one. */
export function ghostTrack(loss: readonly number[], at: number, log: boolean): Track {
  const [x, y] = lossTrack(loss.slice(at), loss.length - at, log);
  return [x.map((t) => t + at), y];
}

/** The batch losses as a line; of a long run each bucket's least and greatest, so that no spike is lost. */
export function lossTrack(loss: readonly number[], end: number, log: boolean): Track {
  const count = Math.min(loss.length, end + 1);
  const at = count <= POINTS ? Array.from({ length: count }, (_, t) => t) : extremes(loss, count);
  return [at, at.map((t) => shown(loss[t], log))];
}

function extremes(loss: readonly number[], count: number): number[] {
  const size = bucketSize(count);
  const at: number[] = [];
  for (let from = 0; from < count; from += size) {
    let [low, high] = [from, from];
    for (let t = from; t < Math.min(count, from + size); t++) {
      if (!(loss[low]! <= loss[t]!)) low = t;
      if (!(loss[high]! >= loss[t]!)) high = t;
    }
    at.push(Math.min(low, high));
    if (low !== high) at.push(Math.max(low, high));
  }
  return at;
}

/** Losses over a whole set, known now and then. */
export function pointTrack(points: readonly Point[], end: number, log: boolean): Track {
  const known = points.filter((point) => point.iteration <= end);
  return [known.map((point) => point.iteration), known.map((point) => shown(point.value, log))];
}

/** Tracks on one common axis, as uPlot takes them: `undefined` is passed over, null is a gap. */
export function aligned(tracks: readonly Track[]): [number[], ...(number | null | undefined)[][]] {
  const axis = [...new Set(tracks.flatMap(([x]) => x))].sort((a, b) => a - b);
  const place = new Map(axis.map((x, i) => [x, i]));
  const columns = tracks.map(([x, y]) => {
    const column = new Array<number | null | undefined>(axis.length).fill(undefined);
    x.forEach((t, i) => {
      column[place.get(t)!] = y[i]!;
    });
    return column;
  });
  return [axis, ...columns];
}

/** The chart's range: from zero (or whole decades, as their logarithms) up to a round number that seldom changes. */
export function lossRange(runs: readonly Curves[], end: number, log: boolean): [number, number] {
  const batch = runs.flatMap((run) => run.loss.slice(0, end + 1)).filter(finite);
  const whole = runs.flatMap((run) => [...run.train, ...run.test]).filter((point) => point.iteration <= end);
  const all = [...cut(batch), ...whole.map((point) => point.value).filter(finite)];
  return log ? decades(all.filter((y) => y > 0)) : fromZero(all);
}

function cut(batch: number[]): number[] {
  batch.sort((a, b) => a - b);
  return batch.slice(0, Math.ceil(batch.length * (1 - CUT)));
}

const least = (all: readonly number[]) => all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const greatest = (all: readonly number[]) => all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

function fromZero(all: readonly number[]): [number, number] {
  if (all.length === 0) return [0, 1];
  const low = 0 - roundUp(-least(all));
  const high = roundUp(greatest(all));
  return high > low ? [low, high] : [0, 1];
}

function decades(all: readonly number[]): [number, number] {
  if (all.length === 0) return [-1, 0];
  const low = Math.floor(Math.log10(least(all)));
  return [low, Math.max(low + 1, Math.ceil(Math.log10(greatest(all))))];
}

const ROUND = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** The next round number above. */
export function roundUp(y: number): number {
  if (y <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(y));
  return power * (ROUND.find((step) => step * power >= y) ?? 10);
}

/** The last of these values known at an iteration. */
export function latest(points: readonly Point[], iteration: number): Point | null {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.iteration <= iteration) low = middle + 1;
    else high = middle;
  }
  return points[low - 1] ?? null;
}

/** Losses over the whole sets, and the iteration that they are of. */
export interface Scores {
  iteration: number;
  train: number;
  test: number | null;
}

/** The losses over the whole sets at an iteration, or else the last ones known before it. */
export function scoresAt({ train, test }: Pick<Curves, "train" | "test">, iteration: number): Scores | null {
  const point = latest(train, iteration);
  if (!point) return null;
  const tested = latest(test, point.iteration)?.value ?? null;
  return { iteration: point.iteration, train: point.value, test: tested };
}

/** Marks of a logarithmic axis: a few whole decades. */
export function decadeMarks(low: number, high: number, most: number): number[] {
  const step = Math.max(1, Math.ceil((high - low) / most));
  const marks: number[] = [];
  for (let decade = 0 + Math.ceil(low / step) * step; decade <= high; decade += step) marks.push(decade);
  return marks;
}
