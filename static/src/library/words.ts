import type { SavedRun } from "../api/types";
import { format } from "../common/format";

/** The settings of a saved run in a line: what it learns, its shape, its optimizer. */
export function settingsLine({ seen, config }: SavedRun): string {
  if (!seen) return "not computed yet";
  const weights = `${seen.parameter_count} ${seen.parameter_count === 1 ? "weight" : "weights"}`;
  const edits = config.edits.length
    ? `changed at ${[...new Set(seen.edits)].join(", ") || "a later place"}`
    : "";
  return [seen.data, seen.title.replace(`${seen.data} `, ""), seen.optimizer, weights, edits]
    .filter(Boolean)
    .join(" · ");
}

export const shownName = ({ name, seen }: SavedRun): string => name || seen?.title || "run without a name";

export const number = (x: number | null | undefined): string =>
  x === null || x === undefined ? "–" : format(x, 3);

/** Bytes as people say them. */
export const size = (bytes: number): string =>
  bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} kB`;

/** The parts of a text that have a word which was searched for. */
export function marked(text: string, search: string): { text: string; found: boolean }[] {
  const words = search.split(/\s+/).filter(Boolean);
  if (!words.length) return [{ text, found: false }];
  const any = new RegExp(
    `(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`,
    "gi",
  );
  return text
    .split(any)
    .filter(Boolean)
    .map((part) => ({ text: part, found: words.some((word) => word.toLowerCase() === part.toLowerCase()) }));
}
