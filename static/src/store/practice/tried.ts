import type { ExerciseHint, Graded, SolutionLine } from "../../api/types";
import { inTab, keepInTab } from "../desk/tab";
import type { Drawn } from "./drawing";
import type { Rating } from "./review";

const KEY = "backscope.tried";
/** An answer that was right at once and within so many milliseconds was easy. */
const QUICK = 25_000;

/** What was tried at a question so far: a reload, or a way back, is not to lose it. */
export interface Tried {
  answers: Record<string, string>;
  graded: Graded | null;
  hints: ExerciseHint[];
  solution: SolutionLine[];
  /** The first verdicts that count, and what was typed then: a teacher grades this again. */
  first: Graded | null;
  typed: Record<string, string>;
  /** Milliseconds since 1970. */
  since: number;
}

/** The questions of a session and which of them is on show: each has its entry in the browser's history. */
export interface Session {
  queue: Drawn[];
  at: number;
}

const NOTHING: Tried = {
  answers: {},
  graded: null,
  hints: [],
  solution: [],
  first: null,
  typed: {},
  since: 0,
};
const keyOf = (drawn: Drawn) => `${KEY} ${JSON.stringify(drawn)}`;

/** What was tried at a question in this tab; nothing since now, if nothing was. */
export const triedAt = (drawn: Drawn, now: number): Tried => ({
  ...NOTHING,
  since: now,
  ...inTab<Tried>(keyOf(drawn)),
});

/** Keeps it until the tab is closed; null once the question is done with. */
export const keepTried = (drawn: Drawn, tried: Tried | null): void => keepInTab(keyOf(drawn), tried);

/** The session that an entry of the browser's history holds; null if it holds none. */
export function sessionIn(state: unknown): Session | null {
  const { queue, at } = (state ?? {}) as Partial<Session>;
  return Array.isArray(queue) && queue[at ?? -1] ? { queue, at: at! } : null;
}

/** How well it was known. took: milliseconds. */
export function ratingOf({ first, hints, solution }: Tried, took: number): Rating {
  const verdicts = Object.values(first?.fields ?? {});
  const missed = verdicts.some(({ verdict }) => verdict !== "right" && verdict !== "coarse");
  if (solution.length || missed || !verdicts.length) return "again";
  if (hints.length) return "hard";
  return took < QUICK ? "easy" : "good";
}

/** The slip that was made first; empty if there was none. */
export const slipIn = ({ first }: Tried): string =>
  Object.values(first?.fields ?? {}).find(({ verdict }) => verdict === "slip")?.tag ?? "";
