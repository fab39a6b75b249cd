import type { CardEntry, CardGrade } from "../../api/types";
import { inTab, keepInTab } from "../desk/tab";
import type { Rating } from "../practice/review";

const KEY = "backscope.drill";

export interface Result {
  name: string;
  title: string;
  lesson: string;
  rating: Rating;
  graded: CardGrade | null;
}

/** A drill as it stands: kept in this tab, so that a reload goes on with it. */
export interface KeptDrill {
  queue: string[];
  at: number;
  left: number;
  results: Result[];
  own: string;
  ticked: readonly number[];
  revealed: boolean;
  grade: CardGrade | null;
}

/** The drill of this tab; null if there is none, or if it asks for a card that is no longer there. */
export function keptDrill(cards: readonly Pick<CardEntry, "name">[]): KeptDrill | null {
  const kept = inTab<KeptDrill>(KEY);
  const known =
    Array.isArray(kept?.queue) && kept.queue.every((name) => cards.some((card) => card.name === name));
  return known ? kept : null;
}

/** Keeps it until the tab is closed; null once it is over. */
export const keepDrill = (drill: KeptDrill | null): void => keepInTab(KEY, drill);
