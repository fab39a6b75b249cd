import type { RunConfig } from "../../api/types";

/** Settings as text, whatever order their keys are in: what is alike has one text. Made once for each object. */
const texts = new WeakMap<object, { settings: string; edits: readonly string[]; run: string }>();

const text = (value: unknown): string =>
  JSON.stringify(value, (_, item) =>
    item !== null && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );

function textsOf(config: RunConfig) {
  let found = texts.get(config);
  if (!found) {
    const { edits, ...settings } = config;
    const [own, changes] = [text(settings), edits.map(text)];
    found = { settings: own, edits: changes, run: `${own} ${changes.join()}` };
    texts.set(config, found);
  }
  return found;
}

/** All that a run is but for its edits: runs of one tree share it. */
export const settingsKey = (config: RunConfig): string => textsOf(config).settings;
export const editsKey = (config: RunConfig): readonly string[] => textsOf(config).edits;
export const runKey = (config: RunConfig): string => textsOf(config).run;
