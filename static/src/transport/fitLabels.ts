/** Rough width of a label in the blocks' type, in pixels: good to a few, which is all that fitting needs. */
const CHARACTER = 6;
const ROOMY = 10;
const TIGHT = 3;

export interface Fit {
  width: number;
  text: string;
}
/** What a block says, and what is left of it where there is little room. */
export interface Labelled {
  label: string;
  short: string;
}

const widths = (texts: readonly string[], padding: number) =>
  texts.map((text) => Math.ceil(text.length * CHARACTER + padding));
const total = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0);

/** Whether all labels fit in full. */
export const fits = (blocks: readonly Labelled[], width: number): boolean =>
  total(
    widths(
      blocks.map(({ label }) => label),
      TIGHT,
    ),
  ) <= width;

/**
 * Widths and texts of labelled blocks in a row. Where all labels fit they share what is left over. Where they do not,
 * all but the current one are shortened alike; where not even that fits, only the current one says anything.
 */
export function fitBlocks(blocks: readonly Labelled[], current: number, width: number): Fit[] {
  if (fits(blocks, width))
    return shared(
      blocks.map(({ label }) => label),
      width,
    );
  const texts = blocks.map(({ label, short }, i) => (i === current ? label : short));
  if (total(widths(texts, TIGHT)) <= width) return shared(texts, width);
  const kept = Math.min((widths(texts, ROOMY)[current] ?? 0) + TIGHT, width / 2);
  const share = (width - kept) / Math.max(1, blocks.length - 1);
  return texts.map((text, i) => (i === current ? { width: kept, text } : { width: share, text: "" }));
}

function shared(texts: readonly string[], width: number): Fit[] {
  const roomy = widths(texts, ROOMY);
  const natural = total(roomy) <= width ? roomy : widths(texts, TIGHT);
  const spare = (width - total(natural)) / texts.length;
  return texts.map((text, i) => ({ width: natural[i]! + spare, text }));
}
