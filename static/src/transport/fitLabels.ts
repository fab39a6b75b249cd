/** Rough width of a label in the blocks' type, in pixels: good to a few, which is all that fitting needs. */
const CHARACTER = 6;
/** What m and w take more. */
const WIDE = 3;
const ROOMY = 10;
const TIGHT = 3;

export interface Fit {
  width: number;
  text: string;
}
/** What a block says, and what is left of it where there is little room, and where there is hardly any. */
export interface Labelled {
  label: string;
  short: string;
  letter: string;
  /** What is left of "dense 7" where not even a word has room. */
  number: string;
}

const widthOf = (text: string, padding: number) =>
  Math.ceil(text.length * CHARACTER + (text.match(/[mw]/gi)?.length ?? 0) * WIDE + padding);
const widths = (texts: readonly string[], padding: number) => texts.map((text) => widthOf(text, padding));
const total = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0);

/** Whether all blocks can say something, and whichever is the current one its whole label. */
export function fits(blocks: readonly Labelled[], width: number): boolean {
  const more = blocks.map(({ label, short }) => widthOf(label, TIGHT) - widthOf(short, TIGHT));
  return total(blocks.map(({ short }) => widthOf(short, TIGHT))) + Math.max(0, ...more) <= width;
}

/**
 * Widths and texts of labelled blocks in a row. Where all labels fit they share what is left over. Where they do not,
 * all but the current one are shortened alike; where not even that fits, each says what has room in its equal share.
 */
export function fitBlocks(blocks: readonly Labelled[], current: number, width: number): Fit[] {
  for (const form of ["label", "short", "letter"] as const) {
    const texts = blocks.map((block, i) => (i === current ? block.label : block[form]));
    if (total(widths(texts, TIGHT)) <= width) return shared(texts, width);
  }
  const label = blocks[current]?.label ?? "";
  const kept = Math.min(widthOf(label, ROOMY + TIGHT), width / 2);
  const share = (width - kept) / Math.max(1, blocks.length - 1);
  const mixed = new Set(blocks.map(kindOf).filter(Boolean)).size > 1;
  return blocks.map((block, i) =>
    i === current ? { width: kept, text: label } : { width: share, text: longestIn(block, share, mixed) },
  );
}

/** mixed: layers of several kinds, of which a number alone would not say which. */
const longestIn = (block: Labelled, width: number, mixed: boolean): string =>
  [block.short, ...(mixed ? begun(block) : []), block.letter, block.number].find(
    (text) => widthOf(text, TIGHT) <= width,
  ) ?? "";

/** What stands before the number; empty where there is none. */
const kindOf = ({ short, number }: Labelled): string =>
  number && short.endsWith(number) ? short.slice(0, -number.length).trim() : "";

/** As it begins, before its number: four letters, three, one. */
const begun = (block: Labelled): string[] => {
  const kind = kindOf(block);
  return kind ? [4, 3, 1].map((letters) => `${kind.slice(0, letters).trim()}${block.number}`) : [];
};

function shared(texts: readonly string[], width: number): Fit[] {
  const roomy = widths(texts, ROOMY);
  const natural = total(roomy) <= width ? roomy : widths(texts, TIGHT);
  const spare = (width - total(natural)) / texts.length;
  return texts.map((text, i) => ({ width: natural[i]! + spare, text }));
}
