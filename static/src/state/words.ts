import type { Catalog } from "../api/types";

const MINUS = "\u2212";
/** A name in the code's spelling; one without an underscore is a word, except where it stands for a loss. */
const NAME = /[a-z][a-z0-9]*(?:_[a-z0-9]+)*/g;

/** A layer's name with its number; with more behind it, it is part of a value's name. */
const LAYER = /\b(dense)(\d+)\b(?!\.\w)/g;

/** From the names of the code to the titles of the menus. */
function titles(catalog: Catalog): Map<string, string> {
  const { datasets, layers, activations, losses, optimizers, initializers, run } = catalog;
  const entries = [...datasets, ...layers, ...activations, ...losses, ...optimizers, ...initializers];
  const named = [...entries, ...entries.flatMap((entry) => entry.parameters), ...run.parameters];
  const spelled = named.filter(({ name }) => name.includes("_"));
  return new Map([...spelled, ...losses].map(({ name, title }) => [name, title]));
}

/** What the server says of a value, in the words of the menus and with the numbers as the studio writes them. */
export function said(message: string, catalog: Catalog | null): string {
  const known = catalog ? titles(catalog) : new Map<string, string>();
  const parts = message.split(/(`[^`]*`)/);
  return parts.map((part) => (part.startsWith("`") ? part : inWords(part, known))).join("");
}

const inWords = (text: string, known: Map<string, string>) =>
  text
    .replace(NAME, (name) => known.get(name) ?? name)
    .replace(LAYER, "$1 $2")
    .replace(/(?<![\w.)])-(?=\d)/g, MINUS)
    .replace(/(?<=\d)\.0(?!\d)/g, "");
