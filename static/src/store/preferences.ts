import { DIGITS, NOTATIONS, type NumberStyle, USUAL_DIGITS } from "../common/numbers.svelte";
import type { Granularity } from "./stepping";
import { GRANULARITIES } from "./stepping";

export type Theme = "auto" | "light" | "dark";

/** Speeds of playing: slow ones play the steps of an iteration, fast ones whole iterations. */
export const SPEEDS = [
  { title: "1 step/s", unit: "step", perSecond: 1 },
  { title: "4 steps/s", unit: "step", perSecond: 4 },
  { title: "1 it/s", unit: "iteration", perSecond: 1 },
  { title: "5 it/s", unit: "iteration", perSecond: 5 },
  { title: "20 it/s", unit: "iteration", perSecond: 20 },
  { title: "60 it/s", unit: "iteration", perSecond: 60 },
  { title: "240 it/s", unit: "iteration", perSecond: 240 },
  { title: "max", unit: "iteration", perSecond: Number.POSITIVE_INFINITY },
] as const;
export type Speed = (typeof SPEEDS)[number];

export type Library = "numpy" | "pytorch";

export type Panel = "left" | "right" | "dock";
export type Sizes = { readonly [panel in Panel]: number | null };

export interface Preferences {
  theme: Theme;
  granularity: Granularity;
  /** Position in SPEEDS. */
  speed: number;
  /** The library that lines of code are shown in. */
  library: Library;
  /** Whether the past lies open under the history: conditions and branches. */
  past: boolean;
  /** Pixels that rails and dock were given: 0 is folded away, null as it comes. */
  sizes: Sizes;
  /** How numbers are written. */
  numbers: NumberStyle;
  /** Whether the opening has been shown. */
  opened: boolean;
}

const KEY = "backscope.preferences";
const DEFAULTS: Preferences = {
  theme: "auto",
  granularity: "step",
  speed: 4,
  library: "numpy",
  past: false,
  sizes: { left: null, right: null, dock: null },
  numbers: { digits: USUAL_DIGITS, notation: "auto" },
  opened: false,
};

const LARGEST = 600;
function size({ sizes }: Partial<Preferences>, panel: Panel): number | null {
  const pixels: unknown = sizes?.[panel];
  return typeof pixels === "number" && pixels >= 0 && pixels <= LARGEST ? pixels : null;
}

function numberStyle({ numbers }: Partial<Preferences>): NumberStyle {
  return {
    digits: DIGITS.find((digits) => digits === numbers?.digits) ?? DEFAULTS.numbers.digits,
    notation: NOTATIONS.find(({ value }) => value === numbers?.notation)?.value ?? DEFAULTS.numbers.notation,
  };
}

function valid(raw: Partial<Preferences>): Preferences {
  return {
    theme: raw.theme === "light" || raw.theme === "dark" ? raw.theme : DEFAULTS.theme,
    granularity: GRANULARITIES.find((name) => name === raw.granularity) ?? DEFAULTS.granularity,
    speed: SPEEDS[raw.speed ?? -1] ? Number(raw.speed) : DEFAULTS.speed,
    library: raw.library === "pytorch" ? "pytorch" : DEFAULTS.library,
    past: raw.past === true,
    sizes: { left: size(raw, "left"), right: size(raw, "right"), dock: size(raw, "dock") },
    numbers: numberStyle(raw),
    opened: raw.opened === true,
  };
}

/** Storage may be switched off: preferences then last as long as the page. */
export function loadPreferences(): Preferences {
  try {
    return valid(JSON.parse(localStorage.getItem(KEY) ?? "{}"));
  } catch {
    return DEFAULTS;
  }
}

/** Keeps a choice beside those that are kept already, by this page or another. */
export function savePreferences(change: Partial<Preferences>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...loadPreferences(), ...change }));
  } catch {
    // see above
  }
}
