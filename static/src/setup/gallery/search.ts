import type { Preset } from "../../api/types";

/** Everything of a preset that a word can be found in: what it is called and says, and what it is made of. */
const textOf = ({ name, title, summary, group, look, config }: Preset) =>
  [name, title, summary, group, look.sentence, JSON.stringify(config)]
    .join(" ")
    .toLowerCase()
    .replaceAll("_", " ");

/** The presets in which every word that was typed begins a word, in their order. */
export function searched(presets: readonly Preset[], typed: string): Preset[] {
  const words = typed
    .toLowerCase()
    .split(/[\s_]+/)
    .filter(Boolean);
  return presets.filter((preset) => words.every((word) => begins(textOf(preset), word)));
}

/** The one that was most probably meant: by its title, else the first. */
export function meant(found: readonly Preset[], typed: string): Preset | null {
  return (
    found.find(({ title }) => begins(title.toLowerCase(), typed.trim().toLowerCase())) ?? found[0] ?? null
  );
}

const begins = (text: string, word: string): boolean =>
  text.startsWith(word) || [..." \"'(-2"].some((before) => text.includes(before + word));

export interface Shelf {
  group: string;
  presets: Preset[];
}

/** Group by group; those without a hit are left out. */
export function shelves(presets: readonly Preset[]): Shelf[] {
  const found: Shelf[] = [];
  for (const preset of presets) {
    const last = found.at(-1);
    if (last?.group === preset.group) last.presets.push(preset);
    else found.push({ group: preset.group, presets: [preset] });
  }
  return found;
}
