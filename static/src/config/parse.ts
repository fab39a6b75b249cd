import type { Json, ParameterKind } from "../api/types";

const NUMERIC = new Set<ParameterKind>(["number", "integer"]);
const STRUCTURED = new Set<ParameterKind>(["pair", "matrix", "vector", "integers", "names"]);

/** Accepts a real minus sign as well as the hyphen that keyboards have. */
const ascii = (text: string) => text.trim().replaceAll("\u2212", "-");

function number(text: string): Json {
  const typed = ascii(text);
  const x = Number(typed);
  return typed !== "" && Number.isFinite(x) ? x : text.trim();
}

/** "0.9, 0.999", "[[1, 2], [3, 4]]", "bias". */
function structured(text: string, kind: ParameterKind): Json {
  const open = ascii(text);
  if (kind === "names") return open.split(/[\s,]+/).filter(Boolean);
  try {
    return JSON.parse(open.startsWith("[") ? open : `[${open}]`);
  } catch {
    return text;
  }
}

/** What was typed, as the wire wants it. What cannot be read stays as it is, to be shown with what is wrong with it. */
export function parse(text: string, kind: ParameterKind, nullable: boolean): Json {
  if (text.trim() === "" && nullable) return null;
  if (NUMERIC.has(kind)) return number(text);
  return STRUCTURED.has(kind) ? structured(text, kind) : text;
}

/** The text that a field shows for a value: reads back as the same value. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "string") return String(value);
  const text = JSON.stringify(value);
  return Array.isArray(value) && value.every((x) => typeof x !== "object") ? value.join(", ") : text;
}
