import type { Catalog, Json, Parameter, RunConfig, SearchAxis } from "../../api/types";
import { exact, format } from "../../common/format";

/** An axis as it is typed: a path, and values such as "0.01 0.03 0.1" or a range such as "0.001..1 log". */
export interface AxisDraft {
  path: string;
  text: string;
}

/** A setting that can be an axis, with values to begin with. */
export interface Offer extends AxisDraft {
  title: string;
}

type Known = Pick<Catalog, "optimizers" | "layers" | "datasets" | "run">;
const LONGEST = 7; // of a number that is written out
const RANGE = /^(\S+?)\s*(?:\.\.|…|\bto\b)\s*(\S+?)(\s+log)?$/;
const WORDS: { [word: string]: Json } = { true: true, false: false, null: null };

/** The axis that a draft means, or what is wrong with its text. */
export function readAxis({ path, text }: AxisDraft): SearchAxis | string {
  const typed = text.trim();
  const range = RANGE.exec(typed);
  if (range) {
    const [low, high] = [Number(range[1]), Number(range[2])];
    if (Number.isNaN(low) || Number.isNaN(high))
      return "A range goes from number to number, like 0.001..1 log.";
    return { path, low, high, scale: range[3] ? "log" : "linear" };
  }
  const words = typed.split(/[\s,]+/).filter(Boolean);
  if (words.length === 0) return "Type values, like 0.01 0.03 0.1, or a range, like 0.001..1 log.";
  return { path, values: words.map(meant) };
}

function meant(word: string): Json {
  if (Object.hasOwn(WORDS, word)) return WORDS[word]!;
  return /^[-+.\d]/.test(word) && !Number.isNaN(Number(word)) ? Number(word) : word;
}

/** A draft's text for an axis. */
export const axisText = (axis: SearchAxis): string =>
  "values" in axis
    ? axis.values.map((value) => (typeof value === "number" ? exact(value) : valueText(value))).join(" ")
    : `${axis.low}..${axis.high}${axis.scale === "log" ? " log" : ""}`;

/** A value of an axis as it is shown: as it was typed, and what was drawn with four digits. */
export function valueText(value: unknown): string {
  if (typeof value === "number") return String(value).length > LONGEST ? format(value) : exact(value);
  if (typeof value !== "object" || value === null) return String(value);
  return String((value as { type?: unknown }).type ?? JSON.stringify(value));
}

/** The settings of a base that are tried most, each with values around its own. */
export function offers(base: RunConfig, catalog: Known): Offer[] {
  const optimizer = catalog.optimizers.find((entry) => entry.name === base.optimizer.type);
  return [
    ...numbers(optimizer?.parameters ?? [], "optimizer.", base.optimizer),
    ...ofLayers(base),
    { path: "batch_size", title: "batch size", text: around(base.batch_size, true) },
    { path: "optimizer.type", title: "optimizer", text: "sgd adam" },
    { path: "regularization.l2", title: "L2 penalty", text: "0 0.001 0.01" },
    ...numbers(datasetOf(base, catalog)?.parameters ?? [], "data.", base.data ?? {}),
  ];
}

const datasetOf = (base: RunConfig, { datasets }: Known) =>
  datasets.find((entry) => entry.name === base.data?.name);

function numbers(parameters: readonly Parameter[], prefix: string, own: { [key: string]: Json }): Offer[] {
  const plain = parameters.filter(({ kind }) => kind === "number" || kind === "integer");
  return plain.map((parameter) => {
    const value = own[parameter.name] ?? parameter.default;
    const text = parameter.name === "momentum" ? "0 0.9" : around(value, parameter.kind === "integer");
    return { path: prefix + parameter.name, title: parameter.title, text };
  });
}

/** Hidden layers together, then what else has a number of its own. */
function ofLayers({ layers }: RunConfig): Offer[] {
  const hidden = layers.flatMap((layer, i) => (i < layers.length - 1 && "units" in layer ? [i] : []));
  const curved = hidden.filter((i) => "activation" in layers[i]!);
  const started = layers.flatMap((layer, i) => ("initializer" in layer ? [i] : []));
  const found: Offer[] = [];
  if (hidden.length)
    found.push({ path: at(hidden, "units"), title: "units", text: around(layers[hidden[0]!]!.units, true) });
  if (hidden.length > 1)
    for (const i of hidden)
      found.push({
        path: at([i], "units"),
        title: `units of layer ${i + 1}`,
        text: around(layers[i]!.units, true),
      });
  if (curved.length)
    found.push({ path: at(curved, "activation"), title: "activation", text: "relu sigmoid tanh" });
  if (started.length)
    found.push({
      path: at(started, "initializer"),
      title: "weights start",
      text: "xavier_uniform kaiming_uniform",
    });
  layers.forEach((layer, i) => {
    if ("rate" in layer)
      found.push({ path: at([i], "rate"), title: `dropped by layer ${i + 1}`, text: "0 0.2 0.5" });
  });
  return found;
}

const at = (places: number[], setting: string) => `layers[${places.join(",")}].${setting}`;

/** Values around the one that holds: whole numbers by halves, others by thirds of a decade. */
function around(value: unknown, whole: boolean): string {
  if (typeof value !== "number" || !(value > 0)) return value === null ? "10 30" : `${value ?? ""}`;
  if (whole) return [...new Set([Math.max(1, Math.round(value / 2)), value, value * 2])].join(" ");
  const decade = 10 ** Math.round(Math.log10(value));
  return [0.1, 0.3, 1, 3, 10].map((times) => Number((decade * times).toPrecision(1))).join(" ");
}

/** What an axis is called: as it is offered, else by its path. */
export const titleOfAxis = (path: string, offered: readonly Offer[]): string =>
  offered.find((offer) => offer.path === path)?.title ?? path;
