import type { RunConfig } from "../../api/types";

/** A run in a link, under a name; `rates` are those that its own was the best of, where it was chosen. */
export interface NamedConfig {
  name: string;
  config: RunConfig;
  rates?: number[];
}

/** Runs side by side, where in them, and how far their courses are drawn: what a link of several runs holds. */
export interface Sides {
  runs: NamedConfig[];
  iteration: number;
  to: number;
  /** The ready comparison that it is, if it is one. */
  ready?: string;
}

export const MOST = 4;
/** So far courses are drawn at most. */
const FURTHEST = 20_000;
const MOST_RATES = 40;

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

/** A link is foreign: only what has the shape of runs side by side is opened, if there are enough of them. */
export function sidesIn(raw: unknown, least = 2): Sides | null {
  const { runs, iteration, to, ready } = (raw ?? {}) as Partial<Sides>;
  if (!Array.isArray(runs)) return null;
  const sides = runs
    .filter((side) => typeof side?.config === "object" && side.config !== null)
    .map(({ name, config, rates }) => ({
      name: String(name ?? "run").slice(0, 200),
      config,
      ...(areRates(rates) ? { rates } : {}),
    }));
  if (sides.length < least) return null;
  const at = isCount(iteration) ? Math.min(iteration, FURTHEST) : 0;
  const end = isCount(to) ? Math.min(to, FURTHEST) : at;
  return {
    runs: sides.slice(0, MOST),
    iteration: at,
    to: end,
    ...(typeof ready === "string" ? { ready } : {}),
  };
}

const areRates = (item: unknown): item is number[] =>
  Array.isArray(item) && item.length > 0 && item.length <= MOST_RATES && item.every(Number.isFinite);
