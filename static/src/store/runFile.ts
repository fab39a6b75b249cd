import type { RunConfig } from "../api/types";

/** What a file opens: a configuration, at an iteration. */
export interface RunFile {
  config: RunConfig;
  iteration: number;
}

type Fields = { readonly [name: string]: unknown };
const isObject = (item: unknown): item is Fields =>
  typeof item === "object" && item !== null && !Array.isArray(item);
const isConfig = (item: unknown): item is Fields =>
  isObject(item) &&
  (typeof item.expression === "string" || (Array.isArray(item.layers) && item.layers.every(isObject)));

/**
 * An exported run, or a configuration by itself; null for what is neither. A file is foreign: only the shape that the
 * studio relies on gets through; the server judges the rest.
 */
export function readRunFile(text: string): RunFile | null {
  const document = parsed(text);
  if (isConfig(document)) return runFile(document, 0);
  return isObject(document) && isConfig(document.config)
    ? runFile(document.config, document.iteration)
    : null;
}

/** Whether a JSON file is a list of rows: a table. */
export function isTable(text: string): boolean {
  const document = parsed(text);
  return Array.isArray(document) && document.length > 1 && document.every(isObject);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const runFile = (config: Fields, iteration: unknown): RunFile => ({
  config: { ...config, edits: Array.isArray(config.edits) ? config.edits : [] } as unknown as RunConfig,
  iteration: Number.isSafeInteger(iteration) && Number(iteration) >= 0 ? Number(iteration) : 0,
});
