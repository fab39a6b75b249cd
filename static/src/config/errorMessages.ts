import type { Catalog } from "../api/types";
import { titleOf } from "./wiring";

const MINUS = "\u2212";
/** A name in the code's spelling; one without an underscore is a word, except where it stands for a loss. */
const NAME = /[a-z][a-z0-9]*(?:_[a-z0-9]+)*/g;

/** A layer's name with its number; with more behind it, it is part of a value's name. */
const layerName = (layers: readonly string[]) =>
  new RegExp(`\\b(${layers.join("|") || "(?!)"})(\\d+)\\b(?!\\.\\w)`, "g");

/** From the names of the code to the titles of the menus. */
function titles(catalog: Catalog): Map<string, string> {
  const { datasets, layers, activations, losses, optimizers, initializers, schedules, run } = catalog;
  const { parameters, ...sections } = run;
  const families = [datasets, layers, activations, losses, optimizers, initializers, schedules];
  const entries = [...families.flat(), ...Object.values(sections)];
  const named = [...entries, ...entries.flatMap((entry) => entry.parameters), ...parameters];
  const spelled = named.filter(({ name }) => name.includes("_"));
  return new Map([...spelled, ...losses].map(({ name, title }) => [name, title]));
}

/** What the server says of a value, in the words of the menus and with the numbers as the studio writes them. */
export function said(message: string, catalog: Catalog | null): string {
  const known = catalog ? titles(catalog) : new Map<string, string>();
  const parts = message.split(/(`[^`]*`)/);
  const layers = layerName(catalog?.layers.map(({ name }) => name) ?? []);
  return parts.map((part) => (part.startsWith("`") ? part : inWords(part, known, layers))).join("");
}

const inWords = (text: string, known: Map<string, string>, layers: RegExp) =>
  text
    .replace(layers, (_, type: string, count: string) => titleOf(type + count))
    .replace(NAME, (name) => known.get(name) ?? name)
    .replace(/(?<![\w.)])-(?=\d)/g, MINUS)
    .replace(/(?<=\d)\.0(?!\d)/g, "");
