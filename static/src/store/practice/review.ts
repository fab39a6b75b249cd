/** What is kept of practice: one entry for each exercise or interview card that was ended. */

export const RATINGS = ["again", "hard", "good", "easy"] as const;
export type Rating = (typeof RATINGS)[number];

/** One exercise or interview card that was ended: what it was, what was answered first, and how it went. */
export interface Review {
  skill: string;
  kind: string;
  seed: number;
  /** Milliseconds since 1970. */
  at: number;
  rating: Rating;
  /** Names the slip that was made first; empty if there was none. */
  tag: string;
  answers: Record<string, string>;
  /** Whether its numbers were short decimals. */
  friendly?: boolean;
  /** The preset that it was asked on, at an iteration; the skill's own run without. */
  preset?: string;
  iteration?: number;
  /** The interview card, of a review of kind `card`. */
  card?: string;
  /** Whether its reader judged it: nobody else can. */
  self?: boolean;
}
