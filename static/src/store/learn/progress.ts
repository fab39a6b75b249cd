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

/** Storage may be switched off, and holds what anybody wrote: only what can be read counts. */
export function loadProgress(): Progress {
  try {
    const raw: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return Object.fromEntries(Object.entries(raw ?? {}).filter(([, item]) => isRead(item)));
  } catch {
    return {};
  }
}

/** Keeps what changed of one lesson. */
export function noteProgress(lesson: string, change: Partial<Read>): Progress {
  const all = loadProgress();
  const next = { ...all, [lesson]: { step: 0, ...all[lesson], ...change } };
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // see above
  }
  return next;
}

/** Whether somebody wanted to be asked again by today. */
export const isDue = (read: Read | undefined, day = today()): boolean =>
  read?.again !== undefined && read.again <= day;
