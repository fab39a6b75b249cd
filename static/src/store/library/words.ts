import type { Written } from "../../api/types";

/** What is written about a run, of all that a saved one has. */
export const wordsOf = ({ name, note, tags, colour, iteration, bookmarks }: Written): Written => ({
  name,
  note,
  tags,
  colour,
  iteration,
  bookmarks,
});
