import type { Review } from "../practice/review";

/** What was done of the lessons, in this browser only: how far each was read, when it was ended, when to be asked again. */

export interface Read {
  /** The step that was read last, from 0. */
  step: number;
  /** Days since 1970, so that a day is a day wherever the hour stands. */
  ended?: number;
  again?: number;
}
export type Progress = { [lesson: string]: Read };

const KEY = "backscope.lessons";
const DAY = 86_400_000;

export const today = (now = Date.now()): number => Math.floor(now / DAY);

const isRead = (item: unknown): item is Read =>
  typeof item === "object" && item !== null && Number.isSafeInteger((item as Read).step);

/** Of what anybody wrote, what can be read. */
export const readProgress = (raw: unknown): Progress =>
  typeof raw === "object" && raw !== null
    ? Object.fromEntries(Object.entries(raw).filter(([, item]) => isRead(item)))
    : {};

/** Storage may be switched off, and holds what anybody wrote. */
export function loadProgress(): Progress {
  try {
    return readProgress(JSON.parse(localStorage.getItem(KEY) ?? "{}"));
  } catch {
    return {};
  }
}

export function saveProgress(progress: Progress): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // see above
  }
}

/** Keeps what changed of one lesson. */
export function noteProgress(lesson: string, change: Partial<Read>): Progress {
  const all = loadProgress();
  const next = { ...all, [lesson]: { step: 0, ...all[lesson], ...change } };
  saveProgress(next);
  return next;
}

/** What was read here and elsewhere: of a lesson that is in both, the one that was read further. */
export function mergedProgress(one: Progress, other: Progress): Progress {
  const further = Object.entries(other).filter(([name, read]) => isFurther(read, one[name]));
  return { ...one, ...Object.fromEntries(further) };
}

/** Ended, asked for later, or at a later step. */
function isFurther(read: Read, than: Read | undefined): boolean {
  const [own, other] = [read, than ?? { step: -1 }].map(({ ended = 0, again = 0, step }: Read) => [
    ended,
    again,
    step,
  ]);
  const at = own!.findIndex((part, i) => part !== other![i]);
  return at >= 0 && own![at]! > other![at]!;
}

/** Whether somebody wanted to be asked by today, and a skill of the lesson was not practised since. */
export const isDue = (
  read: Read | undefined,
  skills: readonly string[],
  log: readonly Pick<Review, "skill" | "at">[],
  day = today(),
): boolean => {
  const again = read?.again;
  return again !== undefined && again <= day && openSkills(again, skills, log).length > 0;
};

/** Of a lesson's skills those that were not practised since the day on which they were wanted. */
export const openSkills = (
  again: number,
  skills: readonly string[],
  log: readonly Pick<Review, "skill" | "at">[],
): string[] => skills.filter((name) => !log.some(({ skill, at }) => skill === name && at >= again * DAY));
