import type { Curves } from "./lossScale";

/** The iterations that the chart shows, both ends included. */
export type Span = readonly [start: number, end: number];

/** Fewer iterations than these are not looked at. */
const LEAST = 4;

/** A span made `by` times as wide around an iteration, which stays where it is; null where that is everything. */
export function zoomed([start, end]: Span, around: number, by: number, whole: number): Span | null {
  const width = Math.max(LEAST, (end - start) * by);
  const share = (around - start) / Math.max(1, end - start);
  return within(around - share * width, width, whole);
}

/** A span moved by a share of its width. */
export const panned = ([start, end]: Span, share: number, whole: number): Span | null =>
  within(start + share * (end - start), end - start, whole);

/** The span between two iterations in either order; null where they are too near to be told apart. */
export function spanned(one: number, other: number, whole: number): Span | null {
  const [start, end] = [Math.min(one, other), Math.max(one, other)];
  return end - start < LEAST ? null : within(start, end - start, whole);
}

function within(start: number, width: number, whole: number): Span | null {
  if (width >= whole) return null;
  const from = Math.max(0, Math.min(whole - width, start));
  return [Math.round(from), Math.round(from + width)];
}

/** What of a run lies in a span: outside there is no number. */
export const seenIn = ({ loss, train, test }: Curves, [start, end]: Span): Curves => ({
  loss: loss.map((y, t) => (t < start || t > end ? Number.NaN : y)),
  train: train.filter(({ iteration }) => iteration >= start && iteration <= end),
  test: test.filter(({ iteration }) => iteration >= start && iteration <= end),
});
