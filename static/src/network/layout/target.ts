import type { Bundle, Column } from "./types";

/** The part of the picture that a cell stands for; an open index means all of them. */
export type Target =
  | { kind: "edge"; bundle: number; weight: string; j: number | null; k: number | null }
  | { kind: "way"; bundle: number }
  | { kind: "look"; column: number; unit: number | null }
  | { kind: "unit"; column: number; unit: number | null }
  | { kind: "bias"; column: number; bias: string; unit: number | null }
  | { kind: "loss" };

export const meansUnit = (target: Target | null, column: number, unit: number): boolean =>
  target?.kind === "unit" && target.column === column && (target.unit === null || target.unit === unit);

/** A parameter that two layers share lights up at both. */
export const meansBias = (target: Target | null, { bias }: Column, unit: number): boolean =>
  target?.kind === "bias" && target.bias === bias && (target.unit === null || target.unit === unit);

export const meansEdge = (target: Target | null, { weight }: Bundle, j: number, k: number): boolean =>
  target?.kind === "edge" &&
  target.weight === weight &&
  (target.j === null || target.j === j) &&
  (target.k === null || target.k === k);

/** Which edges of a folded bundle are drawn after all: those into or out of what is pinned. */
export function unfolds(pinned: Target | null, bundle: Bundle): ((j: number, k: number) => boolean) | null {
  const { index, from, to, kind } = bundle;
  const foldable = kind === "matrix" && !from.grid && !to.grid;
  if (!foldable) return null;
  if (pinned?.kind === "edge" && pinned.bundle === index && pinned.j !== null) return (j) => j === pinned.j;
  if (pinned?.kind !== "unit" || pinned.unit === null) return null;
  if (pinned.column === to.index) return (j) => j === pinned.unit;
  return pinned.column === from.index ? (_, k) => k === pinned.unit : null;
}
