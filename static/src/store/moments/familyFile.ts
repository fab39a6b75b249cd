import type { RunConfig } from "../../api/types";
import { COLOURS, type Relative } from "./branch";
import { settingsKey } from "./runKeys";

const KEY = "backscope.family";

/** Settings are kept once, however many branches have them. */
interface Kept {
  settings: Omit<RunConfig, "edits">[];
  runs: (Omit<Relative, "config"> & { of: number; edits: RunConfig["edits"] })[];
}

/** Keeps the tree for as long as the tab is there. */
export function stored(list: readonly Relative[]): void {
  const places = new Map<string, number>();
  const file: Kept = { settings: [], runs: [] };
  for (const { config, ...rest } of list) {
    const { edits, ...settings } = config;
    const key = settingsKey(config);
    const of = places.get(key) ?? file.settings.push(settings as Omit<RunConfig, "edits">) - 1;
    places.set(key, of);
    file.runs.push({ ...rest, of, edits });
  }
  try {
    sessionStorage.setItem(KEY, JSON.stringify(file));
  } catch {
    // storage is full or switched off: the tree then lasts as long as the page
  }
}

export function kept(): Relative[] {
  try {
    const { settings, runs } = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept;
    return runs
      .filter(({ of, edits }) => settings[of] && Array.isArray(edits))
      .map(({ of, edits, to, name, colour }) => ({
        config: { ...settings[of]!, edits } as RunConfig,
        to: Number.isSafeInteger(to) ? to : 0,
        ...(typeof name === "string" && name ? { name } : {}),
        ...(colour && COLOURS.includes(colour) ? { colour } : {}),
      }));
  } catch {
    return [];
  }
}
