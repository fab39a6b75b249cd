import type { Json, RunConfig } from "../api/types";

/** What the config of an expression holds beside what every run has. */
export interface ExpressionConfig {
  expression: string;
  inputs: { [name: string]: Json };
  train: string[];
}

export const isExpression = (config: RunConfig | null): config is RunConfig & ExpressionConfig =>
  typeof config?.expression === "string";

/** What a name that is new in the text starts as. */
const START = 1;
const WORD = /[A-Za-z_]\w*/g;

/** The names in a text that no statement gives a value and that no function has: the form asks for their numbers. */
export function inputNames(text: string): string[] {
  const made = new Set(text.split(/[;\n]/).flatMap((line) => /^\s*([A-Za-z_]\w*)\s*=/.exec(line)?.[1] ?? []));
  const used = [...text.matchAll(WORD)]
    .filter(
      ({ 0: word, index }) =>
        !/^\s*\(/.test(text.slice(index + word.length)) && !/\d/.test(text[index - 1] ?? ""),
    )
    .map(([word]) => word);
  return [...new Set(used)].filter((word) => !made.has(word));
}

/** The config with another text: names that stay keep their numbers, new ones are trained unless none is. */
export function withText<T extends ExpressionConfig>(config: T, expression: string): T {
  const names = inputNames(expression);
  const fresh = names.filter((name) => !(name in config.inputs));
  const trains = config.train.length > 0 ? [...config.train, ...fresh] : [];
  const inputs = Object.fromEntries(names.map((name) => [name, config.inputs[name] ?? START]));
  return { ...config, expression, inputs, train: trains.filter((name) => names.includes(name)) };
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
