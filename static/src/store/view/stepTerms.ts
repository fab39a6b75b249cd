import { offset, unravel } from "../cells";

/** A term of the sum in one cell; infinity is the last one, whose number is known once the derivation is here. */
export interface TermPlace {
  index: number[];
  term: number;
}

/**
 * Where a step by one term leads: to the next term of this cell, else into the next cell of the same value, else out of
 * the value (null). Without a cell to start from it enters the value, from behind when going back.
 */
export function movedTerm(
  shape: readonly number[],
  here: (TermPlace & { terms: number }) | null,
  direction: 1 | -1,
): TermPlace | null {
  const size = shape.reduce((product, n) => product * n, 1);
  const entry = direction > 0 ? 0 : Number.POSITIVE_INFINITY;
  if (here?.index.length !== shape.length)
    return { index: unravel(shape, direction > 0 ? 0 : size - 1), term: entry };
  const term = here.term + direction;
  if (term >= 0 && term < here.terms) return { index: here.index, term };
  const flat = offset(shape, here.index) + direction;
  return flat >= 0 && flat < size ? { index: unravel(shape, flat), term: entry } : null;
}
