import { createEmptyCard, fsrs, type Grade, type Card as Remembered, Rating as Told } from "ts-fsrs";
import type { Rating, Review } from "./review";

/**
 * When a skill is to be practised again, by FSRS: exercises and interview cards are reviews of one and the same memory.
 * Everything is recomputed from the log, so the log is all that is kept.
 */
const DAY = 86_400_000;

export interface Card {
  /** Days after which it would be remembered with a probability of 0.9: then it is due. */
  stability: number;
  /** Milliseconds since 1970. */
  due: number;
  reviews: number;
  memory: Remembered;
}

/** Sessions are days apart: what is asked twice on one day counts once. No chance in it, so that a log is enough. */
const schedule = fsrs({
  request_retention: 0.9,
  maximum_interval: 365,
  enable_fuzz: false,
  enable_short_term: false,
});
const TOLD: Record<Rating, Grade> = {
  again: Told.Again,
  hard: Told.Hard,
  good: Told.Good,
  easy: Told.Easy,
};
/** Of what a success would bring a skill, for each that builds on it. */
const CREDIT = 0.3;

const cardOf = (memory: Remembered): Card => ({
  stability: memory.stability,
  due: memory.due.getTime(),
  reviews: memory.reps,
  memory,
});

/** What a review makes of a card; of a skill that was never practised without one. */
export function reviewed(card: Card | undefined, rating: Rating, at: number): Card {
  const now = new Date(at);
  return cardOf(schedule.next(card?.memory ?? createEmptyCard(now), now, TOLD[rating]).card);
}

/** A skill of which something harder was right: it is put off, by a share of what its own review would do. */
function credited(card: Card, at: number): Card {
  const good = reviewed(card, "good", at);
  const stability = card.stability + CREDIT * (good.stability - card.stability);
  const days = schedule.next_interval(stability, 0);
  const due = new Date(Math.max(card.due, at + days * DAY));
  return cardOf({ ...card.memory, stability, due, scheduled_days: days, last_review: new Date(at) });
}

/** The cards that a log leads to, in the order of time. needs: what each skill builds on. */
export function cards(
  log: readonly Review[],
  needs: (skill: string) => readonly string[],
): Map<string, Card> {
  const found = new Map<string, Card>();
  for (const { skill, rating, at } of log) {
    found.set(skill, reviewed(found.get(skill), rating, at));
    if (rating === "again") continue;
    for (const below of needs(skill)) {
      const card = found.get(below);
      if (card) found.set(below, credited(card, at));
    }
  }
  return found;
}

export const isDue = (card: Card, now: number): boolean => card.due <= now;

/** Days until a skill would be asked again, if it were judged so now. */
export const daysAfter = (card: Card | undefined, rating: Rating, now: number): number =>
  reviewed(card, rating, now).memory.scheduled_days;

const WORDS: [number, string][] = [
  [365, "year"],
  [30, "month"],
  [7, "week"],
  [1, "day"],
];

/** "today", "tomorrow", "3 weeks". */
export function whenDue(card: Card, now: number): string {
  const days = Math.ceil((card.due - now) / DAY);
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
