import type { Compared, Json, RunConfig } from "../../api/types";

/** A setting that differs, with its value in each run; neighbouring layers that say the same are one. */
export interface Differing {
  title: string;
  values: string[];
}

/** A setting as a configuration has it. */
export interface Setting {
  path: string;
  value: Json;
}

const LAYER = /^layers\[(\d+)\](?:\.(.+))?$/;

/** The settings in which runs differ from the first, each with all of their values. */
export function differing(compared: readonly Compared["config"][]): Differing[] {
  const paths = [...new Set(compared.flatMap((settings) => settings.map(({ path }) => path)))];
  const rows = paths.map((path) => ({ path, values: valuesOf(path, compared) }));
  return folded(rows.filter(({ values }) => new Set(values).size > 1));
}

/** The settings that all runs share, as the first one has them: those in which no other differs from it. */
export function alike(config: RunConfig, compared: readonly Compared["config"][]): Setting[] {
  const apart = new Set(compared.flatMap((settings) => settings.map(({ path }) => path)));
  return flat(config as unknown as Json).filter(({ path }) => !apart.has(path));
}

/** Settings in words, one value each; layers that say the same are one line. */
export const told = (settings: readonly Setting[]): Differing[] =>
  folded(settings.map(({ path, value }) => ({ path, values: [text(value)] })));

/** Every setting with its path, as the server names them: a list of numbers is one setting. */
function flat(value: Json, path = ""): Setting[] {
  if (Array.isArray(value) && value.some(isObject))
    return value.flatMap((inner, i) => flat(inner, `${path}[${i}]`));
  if (!isObject(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) =>
    flat(inner as Json, path ? `${path}.${name}` : name),
  );
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function valuesOf(path: string, compared: readonly Compared["config"][]): string[] {
  const found = compared.map((settings) => settings.find((setting) => setting.path === path));
  const first = found.find((setting) => setting)!.here as Json;
  return [first, ...found.map((setting) => (setting ? (setting.there as Json) : first))].map(text);
}

function text(value: Json): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return String(Number(value.toPrecision(4)));
  if (typeof value === "object") return JSON.stringify(value).replaceAll('"', "");
  return String(value).replaceAll("_", " ");
}

/** Settings of layers by what they are about; layers with the same values in a row are named together. */
function folded(rows: readonly { path: string; values: string[] }[]): Differing[] {
  const groups = new Map<string, { key: string; layers: number[]; values: string[] }>();
  for (const { path, values } of rows) {
    const layer = LAYER.exec(path);
    const key = layer ? (layer[2] ?? "") : path;
    const name = layer ? JSON.stringify([key, values]) : path;
    const group = groups.get(name) ?? { key, layers: [], values };
    if (layer) group.layers.push(Number(layer[1]) + 1);
    groups.set(name, group);
  }
  return [...groups.values()].map(({ key, layers, values }) => ({ title: titled(key, layers), values }));
}

function titled(key: string, layers: readonly number[]): string {
  const words = key
    .replace(/^optimizer\.(?!type)/, "")
    .replace(/(^|\.)type$/, "")
    .replaceAll(/[._]/g, " ");
  if (!layers.length) return words;
  const runs = ranges(layers);
  return `${layers.length === 1 ? "layer" : "layers"} ${runs}${words ? ` ${words}` : ""}`;
}

/** "1 to 10", "2, 4". */
function ranges(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const whole = sorted.length > 2 && sorted.at(-1)! - sorted[0]! === sorted.length - 1;
  return whole ? `${sorted[0]} to ${sorted.at(-1)}` : sorted.join(", ");
}
