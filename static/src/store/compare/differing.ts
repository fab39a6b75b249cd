import type { Compared, Json } from "../../api/types";

/** A setting that differs, with its value in each run; neighbouring layers that say the same are one. */
export interface Differing {
  title: string;
  values: string[];
}

const LAYER = /^layers\[(\d+)\](?:\.(.+))?$/;

/** The settings in which runs differ from the first, each with all of their values. */
export function differing(compared: readonly Compared["config"][]): Differing[] {
  const paths = [...new Set(compared.flatMap((settings) => settings.map(({ path }) => path)))];
  const rows = paths.map((path) => ({ path, values: valuesOf(path, compared) }));
  return folded(rows.filter(({ values }) => new Set(values).size > 1));
}

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
