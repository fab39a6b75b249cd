/** The part of the picture that a cell stands for; an open index means all of them. */
export type Target =
  | { kind: "edge"; bundle: number; j: number | null; k: number | null }
  | { kind: "unit" | "bias"; column: number; unit: number | null }
  | { kind: "loss" };

export const meansUnit = (target: Target | null, column: number, unit: number): boolean =>
  target?.kind === "unit" && target.column === column && (target.unit === null || target.unit === unit);

export const meansBias = (target: Target | null, column: number, unit: number): boolean =>
  target?.kind === "bias" && target.column === column && (target.unit === null || target.unit === unit);

export const meansEdge = (target: Target | null, bundle: number, j: number, k: number): boolean =>
  target?.kind === "edge" &&
  target.bundle === bundle &&
  (target.j === null || target.j === j) &&
  (target.k === null || target.k === k);

/** Which edges of a folded bundle are drawn after all: those into or out of what is pinned. */
export function unfolds(pinned: Target | null, bundle: number): ((j: number, k: number) => boolean) | null {
  if (pinned?.kind === "edge" && pinned.bundle === bundle && pinned.j !== null) return (j) => j === pinned.j;
  if (pinned?.kind !== "unit" || pinned.unit === null) return null;
  if (pinned.column === bundle + 1) return (j) => j === pinned.unit;
  return pinned.column === bundle ? (_, k) => k === pinned.unit : null;
}
