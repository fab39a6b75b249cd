import { loadProgress, mergedProgress, type Progress, readProgress, saveProgress } from "../learn/progress";
import { RATINGS, type Rating, type Review } from "./review";

const KEY = "backscope.practice";
const MOST = 5000;
const VERSION = 1;
/** The last moment that a date can be. */
const LATEST = 8.64e15;

/** What is kept in this browser, and in a file that is taken along: reviews, and what was read of the lessons. */
export interface RecordFile {
  practice: typeof VERSION;
  log: Review[];
  lessons?: Progress;
}

export function loadLog(): Review[] {
  try {
    return readRecord(localStorage.getItem(KEY) ?? "")?.log ?? [];
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

export const recordText = (log: readonly Review[], lessons?: Progress): string =>
  JSON.stringify({ practice: VERSION, log: log.slice(-MOST), lessons } satisfies RecordFile, null, 1);

/** The file to take along. */
export const recordFile = (log: readonly Review[]): string => recordText(log, loadProgress());

/** What a file adds to a log, and to what was read of the lessons; null if it is no record of ours. */
export function withFile(log: readonly Review[], text: string): Review[] | null {
  const found = readRecord(text);
  if (!found) return null;
  if (found.lessons) saveProgress(mergedProgress(loadProgress(), found.lessons));
  return merged(log, found.log);
}

/** The record that a text is; null if it is none of ours. It is foreign input: only what is a review gets through. */
export function readRecord(text: string): RecordFile | null {
  let raw: Partial<RecordFile> | null;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (raw?.practice !== VERSION || !Array.isArray(raw.log)) return null;
  const log = raw.log.slice(-MOST).flatMap((item) => checked(item) ?? []);
  const lessons = raw.lessons === undefined ? {} : { lessons: readProgress(raw.lessons) };
  return { practice: VERSION, log: merged([], log), ...lessons };
}

function checked(raw: unknown): Review | null {
  if (typeof raw !== "object" || raw === null) return null;
  const item = raw as Partial<Review>;
  const { skill, kind, seed, at, rating, tag, card, self, friendly, preset, iteration } = item;
  if (typeof skill !== "string" || typeof kind !== "string" || !Number.isSafeInteger(seed)) return null;
  if (!(typeof at === "number" && at >= 0 && at <= LATEST) || !RATINGS.includes(rating as Rating))
    return null;
  return {
    ...{ skill, kind, seed: seed!, at, rating: rating as Rating },
    tag: typeof tag === "string" ? tag : "",
    answers: texts(item.answers),
    ...(typeof card === "string" ? { card } : {}),
    ...(self === true ? { self } : {}),
    ...(friendly === true ? { friendly } : {}),
    ...(typeof preset === "string" && Number.isSafeInteger(iteration)
      ? { preset, iteration: iteration! }
      : {}),
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
