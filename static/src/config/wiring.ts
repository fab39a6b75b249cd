import type { LayerConfig } from "../api/types";

/** The inputs of the model, as a layer names them, and the features made of them, if there are any. */
export const INPUT = "x";
export const FEATURES = "features";

/** Type and count, as the server names layers: dense1, dense2, dropout1. */
export function layerNames(layers: readonly LayerConfig[]): string[] {
  const seen = new Map<string, number>();
  return layers.map(({ type }) => {
    const count = (seen.get(type) ?? 0) + 1;
    seen.set(type, count);
    return `${type}${count}`;
  });
}

/** `batch_norm2` as it is said: batch norm 2. */
export const titleOf = (name: string): string => name.replace(/(\d+)$/, " $1").replaceAll("_", " ");

/** The layers that one says it takes; none where it takes the layer before. */
export const namedInputs = ({ inputs }: LayerConfig): string[] =>
  (Array.isArray(inputs) ? inputs : []).map(String);

/** What each layer takes, by name; `first` is what the first one takes unless it says otherwise. */
export function sourcesOf(layers: readonly LayerConfig[], first = INPUT): string[][] {
  const names = layerNames(layers);
  return layers.map((layer, i) => {
    const named = namedInputs(layer);
    return named.length ? named : [names[i - 1] ?? first];
  });
}

/** A layer with the layers that it names called otherwise; one name may become several, or none. */
export function withInputs(layer: LayerConfig, inputs: readonly string[]): LayerConfig {
  const { inputs: _, ...rest } = layer;
  return (inputs.length ? { ...rest, inputs: [...inputs] } : rest) as LayerConfig;
}

export function withShare(layer: LayerConfig, share: string | null): LayerConfig {
  const { share: _, ...rest } = layer;
  return (share === null ? rest : { ...rest, share }) as LayerConfig;
}

/**
 * Layers in another order, with new ones among them: `order` holds present positions, and new layers. A layer's name
 * depends on its place, so the names in `inputs` and `share` follow their layers.
 */
export function rearranged(
  layers: readonly LayerConfig[],
  order: readonly (number | LayerConfig)[],
): LayerConfig[] {
  const before = layerNames(layers);
  const placed = order.map((item) => (typeof item === "number" ? layers[item]! : item));
  const after = layerNames(placed);
  const renamed = new Map<string, string>();
  order.forEach((item, i) => {
    if (typeof item === "number") renamed.set(before[item]!, after[i]!);
  });
  const called = (name: string) => renamed.get(name) ?? name;
  return placed.map((layer) => {
    const moved = withInputs(layer, namedInputs(layer).map(called));
    return typeof layer.share === "string" ? withShare(moved, called(layer.share)) : moved;
  });
}

/** One layer more at a position, on the way into the layer that stands there now. */
export function inserted(layers: readonly LayerConfig[], at: number, layer: LayerConfig): LayerConfig[] {
  const positions = layers.map((_, i) => i);
  const placed = rearranged(layers, [...positions.slice(0, at), layer, ...positions.slice(at)]);
  const follower = placed[at + 1];
  const named = follower ? namedInputs(follower) : [];
  if (!follower || named.length === 0) return placed;
  const taken = named.at(-1)!;
  const own = namedInputs(placed[at]!);
  placed[at] = withInputs(placed[at]!, own.length ? own : [taken]);
  const name = layerNames(placed)[at]!;
  placed[at + 1] = withInputs(
    follower,
    named.map((source, i) => (i === named.length - 1 ? name : source)),
  );
  return placed;
}

/**
 * One layer less. Those that name it take what it took; the first of those that share its parameters keeps them as its
 * own, and the others share that one's.
 */
export function removed(layers: readonly LayerConfig[], at: number, first = INPUT): LayerConfig[] {
  const names = layerNames(layers);
  const gone = names[at]!;
  const through = sourcesOf(layers, first)[at]!;
  const heir = layers.findIndex((layer) => layer.share === gone);
  const bypassed = layers.map((layer, i) => {
    const sources = namedInputs(layer).flatMap((name) => (name === gone ? through : [name]));
    const rewired = withInputs(layer, [...new Set(sources)]);
    return layer.share === gone ? withShare(rewired, i === heir ? null : names[heir]!) : rewired;
  });
  return rearranged(
    bypassed,
    layers.flatMap((_, i) => (i === at ? [] : [i])),
  );
}
