import type { Cell } from "../../api/types";
import type { Cursor } from "../stepping";
import type { Sample } from "./loader";

/** What something was asked for: a run and, as far as it matters, the place in it. */
export interface Asked {
  run: string;
  iteration?: number;
  step?: number;
  sample?: Sample;
  cell?: Cell;
  layer?: string;
}

/** How much of a place an answer depends on. */
export type Scope = "run" | "iteration" | "step" | "sample" | "cell" | "stage";

/** Where somebody looks. */
export interface Here {
  readonly run: { readonly id: string } | null;
  readonly cursor: Cursor;
  readonly sample: Sample;
  readonly selection: Cell | null;
  /** The layer that is looked at from near. */
  readonly layer: string | null;
}

/** What has to be asked for to have the answer for a place; null where there is nothing to ask about. */
export function askedAt({ run, cursor, sample, selection, layer }: Here, scope: Scope): Asked | null {
  if (!run) return null;
  const { iteration, step } = cursor;
  if (scope === "run") return { run: run.id };
  if (scope === "step") return { run: run.id, iteration, step };
  if (scope === "sample") return { run: run.id, iteration, sample };
  if (scope === "iteration") return { run: run.id, iteration };
  const cell = selection ? { cell: selection } : {};
  if (scope === "stage") return layer === null ? null : { run: run.id, iteration, sample, layer, ...cell };
  return selection && { run: run.id, iteration, sample, cell: selection };
}

export function sameAsked(a: Asked | null, b: Asked | null): boolean {
  return a !== null && b !== null && keyOf(a) === keyOf(b);
}

const keyOf = ({ run, iteration, step, sample, cell, layer }: Asked): string =>
  JSON.stringify([run, iteration, step, sample, cell?.value, cell?.index, layer]);
