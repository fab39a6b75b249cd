import type { CardEntry } from "../../api/types";
import { isDue, type Card as Remembered } from "../practice/memory";
import type { Rating, Review } from "../practice/review";

/** How well a card was known, in its reader's words; a key each, from 1. */
export const JUDGEMENTS: readonly { rating: Rating; title: string }[] = [
  { rating: "again", title: "Not yet" },
  { rating: "hard", title: "With effort" },
  { rating: "good", title: "Well" },
  { rating: "easy", title: "At once" },
];

/** Of every card that was seen here, how often. */
export function timesSeen(log: readonly Review[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { card } of log) if (card) found.set(card, (found.get(card) ?? 0) + 1);
  return found;
}

/**
 * The cards in the order in which they are asked: those whose skill is due, those of skills that were never practised,
 * the rest; within each those that were seen least come first, mixed.
 */
export function queueOf(
  entries: readonly Pick<CardEntry, "name" | "skill">[],
  known: ReadonlyMap<string, Remembered>,
  log: readonly Review[],
  now = Date.now(),
  random = Math.random,
): string[] {
  const seen = timesSeen(log);
  const rank = (skill: string) => {
    const card = known.get(skill);
    return card ? (isDue(card, now) ? 0 : 2) : 1;
  };
  const drawn = entries.map(({ name, skill }) => ({
    ...{ name, rank: rank(skill), seen: seen.get(name) ?? 0, at: random() },
  }));
  return drawn.sort((a, b) => a.rank - b.rank || a.seen - b.seen || a.at - b.at).map(({ name }) => name);
}
