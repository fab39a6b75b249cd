import type { Json, Parameter } from "../api/types";
import { ascii, readNested, readNumber } from "./readNumbers";

/** What was typed, as the wire wants it, and why it cannot be kept; what cannot be read stays as it is. */
export interface Entered {
  value: Json;
  mistake: string | null;
}
type Read = Pick<Parameter, "kind" | "nullable"> & Partial<Pick<Parameter, "length">>;

/** A text as a value of the kind that a setting has. */
export function parse(text: string, { kind, nullable, length = null }: Read): Entered {
  if (text.trim() === "" && nullable) return { value: null, mistake: null };
  if (kind === "number" || kind === "integer") return scalar(text, kind);
  if (kind === "names")
    return {
      value: ascii(text)
        .split(/[\s,]+/)
        .filter(Boolean),
      mistake: null,
    };
  if (kind === "pair" || kind === "vector" || kind === "integers") return row(text, length);
  return kind === "matrix" ? rows(text) : { value: text, mistake: null };
}

function scalar(text: string, kind: "number" | "integer"): Entered {
  const read = readNumber(text);
  if (read === null) return { value: text.trim(), mistake: null };
  if ("mistake" in read) return { value: text.trim(), mistake: read.mistake };
  const rounded = kind === "integer" && Number.isInteger(read.number) && !Number.isSafeInteger(read.number);
  if (!rounded) return { value: read.number, mistake: null };
  const mistake = `Needs a whole number up to ${Number.MAX_SAFE_INTEGER}: a larger one would be rounded.`;
  return { value: text.trim(), mistake };
}

/** One row of numbers, also where it was printed as a matrix of one row or one column. */
function row(text: string, length: number | null): Entered {
  const { value, mistake } = nested(text);
  const flat = Array.isArray(value) ? flattened(value) : value;
  const forAll = length !== null && Array.isArray(flat) && flat.length === 1;
  return { value: forAll ? flat[0]! : flat, mistake };
}

const flattened = (value: Json[]): Json[] => {
  const single = value.length === 1 || value.every((item) => Array.isArray(item) && item.length === 1);
  return single && value.every(Array.isArray) ? value.flat() : value;
};

function rows(text: string): Entered {
  const { value, mistake } = nested(text);
  const one = Array.isArray(value) && value.length > 0 && value.every((item) => !Array.isArray(item));
  return { value: one ? [value] : value, mistake };
}

function nested(text: string): Entered {
  const read = readNested(text);
  if (read === null) return { value: text, mistake: null };
  return "mistake" in read ? { value: text, mistake: read.mistake } : { value: read.value, mistake: null };
}

/** The text that a field shows for a value: reads back as the same value. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "string") return String(value);
  const text = JSON.stringify(value);
  return Array.isArray(value) && value.every((x) => typeof x !== "object") ? value.join(", ") : text;
}
