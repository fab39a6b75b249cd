import type { DatasetEntry, LayerConfig, Preset, RunConfig } from "../api/types";
import { same } from "./config";

/** New layers go before the last one, which belongs to the task; they are like the hidden layer they follow. */
export function withLayerAdded(config: RunConfig): RunConfig {
  const { layers } = config;
  const model = layers.at(-2) ?? { type: "dense", units: 4, activation: "tanh" };
  return { ...config, layers: [...layers.slice(0, -1), withoutNumbers(model), ...layers.slice(-1)] };
}

export const withLayerRemoved = (config: RunConfig, at: number): RunConfig => ({
  ...config,
  layers: config.layers.filter((_, i) => i !== at),
});

export function withLayerMoved(config: RunConfig, at: number, by: 1 | -1): RunConfig {
  const layers = [...config.layers];
  const [layer] = layers.splice(at, 1);
  layers.splice(at + by, 0, layer!);
  return { ...config, layers: layers.map(withoutNumbers) };
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

/** Explicit numbers fit one place in one network only. */
function withoutNumbers(layer: LayerConfig): LayerConfig {
  const { weight: _weight, bias_values: _bias, ...rest } = layer;
  return rest as LayerConfig;
}

/**
 * The config on another data set. Where the task stays of the same kind only the data change. Else the last layer and
 * the loss come from a preset on that data, or from its number of classes; hidden layers and optimizer stay.
 */
export function withDataset(
  config: RunConfig,
  dataset: DatasetEntry,
  { presets, datasets }: { presets: readonly Preset[]; datasets: readonly DatasetEntry[] },
): RunConfig {
  const preset = presets.find((p) => p.config.data.name === dataset.name);
  const data = preset?.config.data ?? { name: dataset.name };
  const before = datasets.find((d) => d.name === config.data.name);
  if (before && kind(before) === kind(dataset))
    return { ...config, data, layers: config.layers.map(withoutNumbers), edits: [] };
  const hidden = config.layers.slice(0, -1).map(withoutNumbers);
  const head = preset?.config.layers.at(-1) ?? headFor(dataset);
  const loss = preset?.config.loss ?? (dataset.task === "regression" ? "mse" : "cross_entropy");
  return { ...config, data, loss, layers: [...hidden, withoutNumbers(head)], edits: [] };
}

const kind = (dataset: DatasetEntry) => `${dataset.task} ${dataset.classes.length}`;

const headFor = (dataset: DatasetEntry): LayerConfig => ({
  type: "dense",
  units: dataset.task === "regression" ? 1 : Math.max(2, dataset.classes.length),
  activation: "identity",
});
