/** Rough width of a label in the blocks' type, in pixels: good to a few, which is all that fitting needs. */
const CHARACTER = 6.3;
const PADDING = 8;

export const labelWidth = (text: string): number => Math.ceil(text.length * CHARACTER + PADDING);

/**
 * Widths of labelled blocks in a row. Where all labels fit, the blocks share what is left over; where they do not,
 * the current block keeps its label and the others shrink alike, showing only the labels that still fit.
 */
export function fitBlocks(
  labels: readonly string[],
  current: number,
  width: number,
): { width: number; shown: boolean }[] {
  const natural = labels.map(labelWidth);
  const total = natural.reduce((sum, w) => sum + w, 0);
  const spare = (width - total) / labels.length;
  if (spare >= 0) return natural.map((w) => ({ width: w + spare, shown: true }));
  const kept = Math.min(natural[current] ?? 0, width / 2);
  const share = Math.max(0, (width - kept) / Math.max(1, labels.length - 1));
  return natural.map((w, i) =>
    i === current ? { width: kept, shown: true } : { width: share, shown: w <= share },
  );
}
