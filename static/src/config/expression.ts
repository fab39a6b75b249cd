import type { Json, RunConfig } from "../api/types";

/** What the config of an expression holds beside what every run has. */
export interface ExpressionConfig {
  expression: string;
  inputs: { [name: string]: Json };
  train: string[];
}

export const isExpression = (config: RunConfig | null): config is RunConfig & ExpressionConfig =>
  typeof config?.expression === "string";

/**
 * A config as the form can show it before the server has filled it in: one that was written elsewhere may leave out
 * what has a default, and the kind of a layer, and which inputs are trained, are what the form tells others apart by.
 */
export function showable(config: RunConfig): RunConfig {
  const layers = config.layers?.map((layer) => ({ ...layer, type: layer.type ?? "dense" }));
  const { expression, inputs = {}, train } = config as Partial<ExpressionConfig>;
  const named = expression === undefined ? {} : { inputs, train: train ?? Object.keys(inputs) };
  return { ...config, ...(layers && { layers }), ...named } as RunConfig;
}

/** What a name that is new in the text starts as. */
const START = 1;
/**
 * The config with the inputs that its text has: names that stay keep their numbers, and so do those that were there
 * before; new ones are trained unless none is.
 */
export function withInputs<T extends ExpressionConfig>(
  config: T,
  names: readonly string[],
  before: ExpressionConfig["inputs"] = {},
): T {
  const fresh = names.filter((name) => !(name in config.inputs));
  const trains = config.train.length > 0 ? [...config.train, ...fresh] : [];
  const inputs = Object.fromEntries(
    names.map((name) => [name, config.inputs[name] ?? before[name] ?? START]),
  );
  return { ...config, inputs, train: trains.filter((name) => names.includes(name)) };
}

export const withTrained = <T extends ExpressionConfig>(config: T, name: string, on: boolean): T => ({
  ...config,
  train: on ? [...config.train, name] : config.train.filter((other) => other !== name),
});

/** The line that a message is about, and a mark under the place in it; null where it names none. */
export function markedLine(text: string, message: string): { line: string; column: number } | null {
  const place = /^(?:line (\d+), )?column (\d+)/.exec(message);
  if (!place) return null;
  const line = text.trim().split("\n")[Number(place[1] ?? 1) - 1];
  return line === undefined ? null : { line, column: Number(place[2]) };
}
