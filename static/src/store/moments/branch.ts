import type { Edit, RunConfig } from "../../api/types";

/** Hues of their own: the palette's colours have their meaning already. */
export const COLOURS = ["violet", "teal", "brown", "rose", "olive"] as const;
export type Colour = (typeof COLOURS)[number];

/** What somebody called a branch, and the colour that it was given; left out where there is none. */
export interface Marks {
  name?: string;
  colour?: Colour;
}

/** A run that was on show, and how far it was seen. */
export interface Relative extends Marks {
  config: RunConfig;
  to: number;
}

/** A branch as a link carries it: its settings are those of the run on show. */
export interface Branch extends Marks {
  edits: readonly Edit[];
  to: number;
}

/** So many branches go along in a link, those with a name or a colour first. */
export const MOST_SHARED = 24;
export const LONGEST_NAME = 60;
