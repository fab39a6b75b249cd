import { RATINGS, type Rating, type Review } from "./memory";

const KEY = "backscope.practice";
const MOST = 5000;
const VERSION = 1;

/** What is kept in this browser, and in a file that is taken along. */
export interface RecordFile {
  practice: typeof VERSION;
  log: Review[];
}

export function loadLog(): Review[] {
  try {
    return readRecord(localStorage.getItem(KEY) ?? "") ?? [];
  } catch {
    return []; // a browser may forbid to keep anything
  }
}

export function saveLog(log: readonly Review[]): void {
  try {
    localStorage.setItem(KEY, recordText(log));
  } catch {
    // full, or forbidden: practice goes on without a record
  }
}

export const recordText = (log: readonly Review[]): string =>
  JSON.stringify({ practice: VERSION, log: log.slice(-MOST) } satisfies RecordFile, null, 1);

/** The log of a file; null if it is none of ours. A file is foreign input: only what is a review gets through. */
export function readRecord(text: string): Review[] | null {
  let raw: Partial<RecordFile> | null;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (raw?.practice !== VERSION || !Array.isArray(raw.log)) return null;
  return raw.log.slice(-MOST).flatMap((item) => checked(item) ?? []);
}

function checked(raw: unknown): Review | null {
  if (typeof raw !== "object" || raw === null) return null;
  const item = raw as Partial<Review>;
  const { skill, kind, seed, at, rating, tag } = item;
  if (typeof skill !== "string" || typeof kind !== "string" || !Number.isSafeInteger(seed)) return null;
  if (!Number.isFinite(at) || !RATINGS.includes(rating as Rating)) return null;
  return {
    ...{ skill, kind, seed: seed!, at: at!, rating: rating as Rating },
    tag: typeof tag === "string" ? tag : "",
    answers: texts(item.answers),
  };
}

function texts(raw: unknown): Record<string, string> {
  if (typeof raw !== "object" || raw === null) return {};
  return Object.fromEntries(Object.entries(raw).filter(([, text]) => typeof text === "string"));
}

/** Two logs as one: every review once, in the order of time. */
export function merged(one: readonly Review[], other: readonly Review[]): Review[] {
  const known = new Map(
    [...one, ...other].map((review) => [`${review.at} ${review.skill} ${review.seed}`, review]),
  );
  return [...known.values()].sort((a, b) => a.at - b.at);
}
