/** Rough width of a label in the blocks' type, in pixels: good to a few, which is all that fitting needs. */
const CHARACTER = 6;
const ROOMY = 10;
const TIGHT = 3;

export interface Fit {
  width: number;
  text: string;
}

const widths = (labels: readonly string[], padding: number) =>
  labels.map((label) => Math.ceil(label.length * CHARACTER + padding));
const total = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0);

/** What is left of a label where there is little room: the layer's number, or a very short first word. */
export function shortened(label: string): string {
  const number = /\d+$/.exec(label)?.[0];
  const first = label.split(" ")[0] ?? "";
  return number ?? (first.length <= 3 ? first : "");
}

/**
 * Widths and texts of labelled blocks in a row. Where all labels fit, the blocks share what is left over; where they
 * do not, the current block keeps its label and the others shrink alike, to the part of their label that still fits.
 */
export function fitBlocks(labels: readonly string[], current: number, width: number): Fit[] {
  const tight = widths(labels, TIGHT);
  if (total(tight) > width) return squeezed(labels, tight, current, width);
  const roomy = widths(labels, ROOMY);
  const natural = total(roomy) <= width ? roomy : tight;
  const spare = (width - total(natural)) / labels.length;
  return labels.map((text, i) => ({ width: natural[i]! + spare, text }));
}

function squeezed(
  labels: readonly string[],
  tight: readonly number[],
  current: number,
  width: number,
): Fit[] {
  const kept = Math.min((tight[current] ?? 0) + ROOMY, width / 2);
  const share = (width - kept) / Math.max(1, labels.length - 1);
  const fitting = (label: string) => widths([label], TIGHT)[0]! <= share;
  return labels.map((label, i) => {
    if (i === current) return { width: kept, text: label };
    return { width: share, text: [label, shortened(label)].find(fitting) ?? "" };
  });
}
