import type { Catalog, LayerConfig, LayerEntry, Parameter } from "../api/types";
import { layerNames, namedInputs, titleOf } from "./wiring";

type Known = Pick<Catalog, "layers" | "activations">;
const nameOf = (value: unknown) =>
  typeof value === "object" && value !== null ? (value as { type?: unknown }).type : value;

export const entryOf = ({ type }: LayerConfig, catalog: Known): LayerEntry | undefined =>
  catalog.layers.find((entry) => entry.name === type);

/** The whole number that a layer must be given, as its units: what is changed most. */
export const sizeOf = (entry: LayerEntry | undefined): Parameter | undefined =>
  entry?.parameters.findLast(({ name, kind }) => kind === "integer" && entry.required.includes(name));

/** What a layer's row says beside its name: activation or setting, what it takes, whose parameters. */
export function noteOf(layer: LayerConfig, catalog: Known): string {
  const entry = entryOf(layer, catalog);
  const inputs = namedInputs(layer).map(titleOf);
  const named = entry?.several ? inputs.join(", ") : inputs.map((input) => `of ${input}`).join("");
  const shared = typeof layer.share === "string" ? `shared with ${titleOf(layer.share)}` : "";
  return [ownNote(layer, entry, catalog), named, shared].filter(Boolean).join(" · ");
}

function ownNote(layer: LayerConfig, entry: LayerEntry | undefined, { activations }: Known): string {
  const activation = nameOf(layer.activation);
  if (activation !== undefined)
    return activations.find(({ name }) => name === activation)?.title ?? String(activation);
  const setting = entry?.parameters[0];
  if (!entry || !setting || entry.shares || entry.several || setting === sizeOf(entry)) return "";
  return `${setting.title} ${[layer[setting.name] ?? setting.default].flat().join("×")}`;
}

/** Types of layers together by what the catalog says of them; types without a group are left out. */
export function groupsOf(entries: readonly LayerEntry[]): { title: string; entries: LayerEntry[] }[] {
  const groups = [
    { title: "With parameters", entries: entries.filter((entry) => entry.shares) },
    { title: "Without parameters", entries: entries.filter((entry) => !entry.shares && !entry.several) },
    {
      title: "Joining two or more layers",
      entries: entries.filter((entry) => !entry.shares && entry.several),
    },
  ];
  return groups.filter((group) => group.entries.length > 0);
}

/** Types whose name or description has all the words that were typed; names first. */
export function found<T extends Pick<LayerEntry, "name" | "title" | "description">>(
  entries: readonly T[],
  typed: string,
): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const named = entries.filter(({ name, title }) => has(`${name} ${title}`));
  return [...named, ...entries.filter((entry) => !named.includes(entry) && has(entry.description))];
}

/** What a setting is called that says how a parameter starts: "weights start", "biases start". */
export function initializerTitle(name: string): string {
  const stem = name.replace(/_?initializer$/, "").replaceAll("_", " ");
  if (stem === "") return "weights start";
  return stem === "bias" ? "biases start" : `${stem} weights start`;
}

/** Layers whose parameters others share, by name, said with the others: "dense 1, 3". */
export function sharedTitles(layers: readonly LayerConfig[]): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  layerNames(layers).forEach((name, i) => {
    const owner = layers[i]!.share;
    if (typeof owner !== "string") return;
    titles.set(owner, `${titles.get(owner) ?? titleOf(owner)}, ${name.slice(layers[i]!.type.length)}`);
  });
  return titles;
}
