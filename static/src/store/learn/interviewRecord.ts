import { today } from "./progress";

/** What was said of a card, by its reader: how well it was known, and when it is to be asked again. */
export interface Asked {
  /** Days until it is asked again. */
  interval: number;
  due: number;
  rating: Rating;
}
export type Rating = 1 | 2 | 3 | 4;
export type InterviewRecord = { [card: string]: Asked };

export const RATINGS: readonly { rating: Rating; title: string }[] = [
  { rating: 1, title: "Not yet" },
  { rating: 2, title: "With effort" },
  { rating: 3, title: "Well" },
  { rating: 4, title: "At once" },
];

const KEY = "backscope.interview";
/** What a rating makes of the days that a card has rested, and what it gives a new one. */
const LONGER: { [rating in Rating]: { times: number; first: number } } = {
  1: { times: 0, first: 1 },
  2: { times: 1.3, first: 2 },
  3: { times: 2.5, first: 4 },
  4: { times: 4, first: 8 },
};
const LONGEST = 180;

/** After how many days a card is asked again. */
export function intervalOf(asked: Asked | undefined, rating: Rating): number {
  const { times, first } = LONGER[rating];
  return Math.min(LONGEST, Math.max(first, Math.round((asked?.interval ?? 0) * times)));
}

export function loadRecord(): InterviewRecord {
  try {
    const raw: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const entries = Object.entries((raw ?? {}) as InterviewRecord);
    return Object.fromEntries(entries.filter(([, item]) => Number.isFinite(item?.due)));
  } catch {
    return {};
  }
}

export function noteRating(card: string, rating: Rating, day = today()): InterviewRecord {
  const all = loadRecord();
  const interval = intervalOf(all[card], rating);
  const next = { ...all, [card]: { interval, due: day + interval, rating } };
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Storage may be switched off: the record then lasts as long as the page.
  }
  return next;
}

/** The cards in the order in which they are asked: what is due, what is new, the rest; mixed within each. */
export function queueOf(
  names: readonly string[],
  record: InterviewRecord,
  day = today(),
  random = Math.random,
): string[] {
  const rank = (name: string) => (record[name] ? (record[name].due <= day ? 0 : 2) : 1);
  const drawn = names.map((name) => ({ name, rank: rank(name), at: random() }));
  return drawn.sort((a, b) => a.rank - b.rank || a.at - b.at).map(({ name }) => name);
}
