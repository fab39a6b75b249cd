/**
 * When a skill is to be practised again: how long it is remembered grows with every success, the more the closer it was
 * to being forgotten. Everything is recomputed from the log, so the log is all that is kept.
 */
const DAY = 86_400_000;
/** A skill is due when it would be remembered with this probability. */
const RETENTION = 0.9;
const LONGEST = 365;

export const RATINGS = ["again", "hard", "good", "easy"] as const;
export type Rating = (typeof RATINGS)[number];

/** One exercise that was ended: what it was, what was answered first, and how it went. */
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
}

export interface Card {
  /** Days until the skill is due after its last review. */
  stability: number;
  /** When it was last practised, or credited. */
  at: number;
  reviews: number;
}

const FIRST: Record<Rating, number> = { again: 0.4, hard: 1, good: 2.5, easy: 6 };
const GROWTH: Record<Rating, number> = { again: 0, hard: 4, good: 15, easy: 24 };
/** Of what the harder skill gains, for each skill that it builds on. */
const CREDIT = 0.3;

const remembered = (card: Card, at: number) => RETENTION ** ((at - card.at) / DAY / card.stability);

function grown(card: Card, rating: Rating, at: number, share = 1): Card {
  if (rating === "again")
    return { stability: Math.max(FIRST.again, card.stability * 0.3), at, reviews: card.reviews + 1 };
  const gain = 1 + GROWTH[rating] * share * (1 - remembered(card, at));
  return { stability: Math.min(LONGEST, card.stability * gain), at, reviews: card.reviews + 1 };
}

/** The cards that a log leads to. needs: what each skill builds on. */
export function cards(
  log: readonly Review[],
  needs: (skill: string) => readonly string[],
): Map<string, Card> {
  const found = new Map<string, Card>();
  for (const { skill, rating, at } of log) {
    const known = found.get(skill);
    found.set(skill, known ? grown(known, rating, at) : { stability: FIRST[rating], at, reviews: 1 });
    if (rating === "again") continue;
    for (const below of needs(skill)) {
      const card = found.get(below);
      if (card) found.set(below, { ...grown(card, rating, at, CREDIT), reviews: card.reviews });
    }
  }
  return found;
}

export const dueAt = (card: Card): number => card.at + card.stability * DAY;
export const isDue = (card: Card, now: number): boolean => dueAt(card) <= now;

const WORDS: [number, string][] = [
  [365, "year"],
  [30, "month"],
  [7, "week"],
  [1, "day"],
];

/** "today", "tomorrow", "in 3 weeks". */
export function whenDue(card: Card, now: number): string {
  const days = Math.ceil((dueAt(card) - now) / DAY);
  if (days <= 0) return "today";
  if (days === 1) return "tomorrow";
  const [length, word] = WORDS.find(([least]) => days >= least)!;
  const count = Math.round(days / length);
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** 0 to 1: how long a skill holds, on a logarithmic scale up to 120 days. */
export const hold = (card: Card): number =>
  Math.min(1, Math.max(0.04, Math.log(1 + card.stability) / Math.log(121)));

/** Of the last days, today last, whether something was practised on each. */
export function days(log: readonly Review[], now: number, count = 28): boolean[] {
  const today = Math.floor(now / DAY);
  const practised = new Set(log.map(({ at }) => Math.floor(at / DAY)));
  return Array.from({ length: count }, (_, i) => practised.has(today - count + 1 + i));
}

/** Slips by how often each was made, the commonest first. */
export function slips(log: readonly Review[]): { tag: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { tag } of log)
    for (const one of tag.split("+")) if (one) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([tag, count]) => ({ tag, count })).sort((a, b) => b.count - a.count);
}
