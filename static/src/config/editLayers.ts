import type { Catalog, DatasetEntry, Json, LayerConfig, LayerEntry, Preset, RunConfig } from "../api/types";
import { same, withValue } from "./paths";
import {
  FEATURES,
  INPUT,
  inserted,
  layerNames,
  namedInputs,
  rearranged,
  removed,
  sourcesOf,
  withInputs,
  withShare,
} from "./wiring";

type Layers = Pick<Catalog, "layers">;
/** Shapes of what the layers give, by name, as far as a run tells. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

const firstOf = ({ features }: RunConfig) => (Array.isArray(features) && features.length ? FEATURES : INPUT);

/** A new layer goes before the last one, which belongs to the task. */
export function withLayerAdded(
  config: RunConfig,
  entry: LayerEntry,
  catalog: Layers,
  shapes: Shapes = new Map(),
): RunConfig {
  const layers = config.layers.map((layer) => withoutNumbers(layer, catalog));
  const at = layers.length - 1;
  const fresh = newLayer(entry, layers.slice(0, -1));
  const inputs = entry.several ? joinedAt(layers, at, firstOf(config), shapes) : [];
  return { ...config, layers: inserted(layers, at, withInputs(fresh, inputs)) };
}

/** Like the last hidden layer of its type, else with the catalog's defaults and the activation of its neighbours. */
function newLayer(entry: LayerEntry, hidden: readonly LayerConfig[]): LayerConfig {
  const model = hidden.findLast((layer) => layer.type === entry.name);
  if (model) return withShare(withInputs(model, []), null);
  const needed = entry.parameters.filter(({ name }) => entry.required.includes(name));
  const settings = Object.fromEntries(needed.map(({ name, default: value }) => [name, value]));
  const usual = hidden.findLast((layer) => layer.activation !== undefined)?.activation ?? "tanh";
  const activation = entry.activation === "identity" ? usual : entry.activation;
  return { type: entry.name, ...settings, ...(activation === null ? {} : { activation }) } as LayerConfig;
}

/** What a new joining layer joins: the layer before, and the nearest earlier one of its shape, else what that took. */
function joinedAt(layers: readonly LayerConfig[], at: number, first: string, shapes: Shapes): string[] {
  const names = [first, ...layerNames(layers).slice(0, at)];
  const before = names.at(-1)!;
  const alike = names.slice(0, -1).findLast((name) => same(shapes.get(name), shapes.get(before)));
  return [alike ?? sourcesOf(layers, first)[at - 1]?.[0] ?? INPUT, before];
}

export const withLayerRemoved = (config: RunConfig, at: number, catalog: Layers): RunConfig => ({
  ...config,
  layers: removed(config.layers, at, firstOf(config)).map((layer) => withoutNumbers(layer, catalog)),
});

export function withLayerMoved(config: RunConfig, at: number, by: 1 | -1, catalog: Layers): RunConfig {
  const order = config.layers.map((_, i) => i);
  order.splice(at, 1);
  order.splice(at + by, 0, at);
  return {
    ...config,
    layers: rearranged(config.layers, order).map((layer) => withoutNumbers(layer, catalog)),
  };
}

/** Layers of one type that can be set together, the most common type first; the last layer belongs to the task. */
export function alikeIn(layers: readonly LayerConfig[]): number[] {
  const positions = layers.map((_, at) => at).slice(0, -1);
  const ofType = (type: string) => positions.filter((at) => layers[at]!.type === type);
  return layers
    .map(({ type }) => ofType(type))
    .reduce((most, some) => (some.length > most.length ? some : most), []);
}

/** One setting of several layers changed at once; of another size, numbers that were given for cells fit no longer. */
export function withLayersSet(
  config: RunConfig,
  positions: readonly number[],
  path: string,
  value: Json,
  catalog: Layers,
): RunConfig {
  const resized = catalog.layers.some(({ required }) => required.includes(path));
  const layers = config.layers.map((layer, at) => {
    const bare = resized ? withoutNumbers(layer, catalog) : layer;
    return positions.includes(at) ? withValue(bare, path, value) : bare;
  });
  return { ...config, layers };
}

/** With other features the first layer has other weights; without any, those that took them take the inputs. */
export function withFeatures(config: RunConfig, features: readonly string[], catalog: Layers): RunConfig {
  const raw = (name: string) => (features.length === 0 && name === FEATURES ? INPUT : name);
  const layers = config.layers.map((layer) =>
    withInputs(withoutNumbers(layer, catalog), namedInputs(layer).map(raw)),
  );
  return { ...config, features: [...features], layers };
}

/** So many layers are listed one by one, and so many alike in a row are worth folding. */
const FEW_LAYERS = 5;
const FEW_ALIKE = 3;

/** Layers in rows: one each, but where there are many, those alike that follow each other together. */
export function alikeTogether(layers: readonly LayerConfig[]): LayerConfig[][] {
  if (layers.length <= FEW_LAYERS) return layers.map((layer) => [layer]);
  const rows: LayerConfig[][] = [];
  for (const layer of layers) {
    if (same(rows.at(-1)?.[0], layer)) rows.at(-1)!.push(layer);
    else rows.push([layer]);
  }
  return rows.flatMap((row) => (row.length < FEW_ALIKE ? row.map((layer) => [layer]) : [row]));
}

/** Of more rows than this only the first and the last ones are listed. */
const MOST_ROWS = 4;
const FIRST_ROWS = 2;
const LAST_ROWS = 1;

/** Rows as they are at rest: where they are many, those in the middle are left out, given by how many layers they are. */
export function middleOut<Row extends { count: number }>(
  rows: readonly Row[],
): { rows: Row[]; after: Row[]; left: number } {
  if (rows.length <= MOST_ROWS) return { rows: [...rows], after: [], left: 0 };
  const middle = rows.slice(FIRST_ROWS, -LAST_ROWS);
  const left = middle.reduce((sum, { count }) => sum + count, 0);
  return { rows: rows.slice(0, FIRST_ROWS), after: rows.slice(-LAST_ROWS), left };
}

const GIVEN = ["matrix", "vector"];

/** Explicit numbers fit one place in one network only. */
function withoutNumbers(layer: LayerConfig, { layers }: Layers): LayerConfig {
  const parameters = layers.find((entry) => entry.name === layer.type)?.parameters ?? [];
  const given = parameters.filter(({ kind }) => GIVEN.includes(kind)).map(({ name }) => name);
  return Object.fromEntries(Object.entries(layer).filter(([name]) => !given.includes(name))) as LayerConfig;
}

/**
 * The config on another data set. Where the task stays of the same kind only the data change. Else the last layer and
 * the loss come from a preset on that data, or from its number of classes; hidden layers and optimizer stay. Features
 * stay where there are as many inputs as before.
 */
export function withDataset(
  config: RunConfig,
  dataset: DatasetEntry,
  { presets, catalog }: { presets: readonly Preset[]; catalog: Pick<Catalog, "layers" | "datasets"> },
): RunConfig {
  const preset = presets.find((p) => p.config.data?.name === dataset.name);
  const data = preset?.config.data ?? { name: dataset.name };
  const before = catalog.datasets.find((d) => d.name === config.data?.name);
  const kept = before?.inputs === dataset.inputs ? (config.features as string[] | undefined) : [];
  const changed = { ...withFeatures(config, kept ?? [], catalog), data, edits: [] };
  if (before && kind(before) === kind(dataset)) return changed;
  const head = withoutNumbers(preset?.config.layers.at(-1) ?? headFor(dataset), catalog);
  const loss = preset?.config.loss ?? (dataset.task === "regression" ? "mse" : "cross_entropy");
  const last = withShare(withInputs(head, changed.layers.slice(-1).flatMap(namedInputs)), null);
  return { ...changed, loss, layers: [...changed.layers.slice(0, -1), last] };
}

const kind = (dataset: DatasetEntry) => `${dataset.task} ${dataset.classes.length}`;

const headFor = (dataset: DatasetEntry): LayerConfig => ({
  type: "dense",
  units: dataset.task === "regression" ? 1 : Math.max(2, dataset.classes.length),
  activation: "identity",
});
