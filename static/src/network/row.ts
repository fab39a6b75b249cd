import type { Target } from "./layout/target";
import type { Bundle, Layout } from "./layout/types";

/** What a sentence speaks of: some units of some columns, by the columns' index. */
export type Row = ReadonlyMap<number, ReadonlySet<number>>;

/** Whether a unit is spoken of; without a row all are. */
export const speaksOf = (row: Row | null, column: number, unit: number): boolean =>
  row === null || (row.get(column)?.has(unit) ?? false);

/** Whether an edge joins two units that are spoken of. */
export const joins = (row: Row | null, { from, to }: Bundle, j: number, k: number): boolean =>
  speaksOf(row, from.index, k) && speaksOf(row, to.index, j);

/** The ends of an edge, a unit, or what a bias belongs to; null where that is no single one. */
export function rowOf(target: Target | null, { bundles, columns }: Layout): Row | null {
  const found = new Map<number, Set<number>>();
  if (target?.kind === "unit" || target?.kind === "bias") {
    if (target.unit === null || columns[target.column]!.kind !== "units") return null;
    found.set(target.column, new Set([target.unit]));
  } else if (target?.kind === "edge") {
    const { from, to, kind, offset } = bundles[target.bundle]!;
    if (target.j === null || target.k === null) return null;
    found.set(from.index, new Set([kind === "direct" ? target.j - offset : target.k]));
    found.set(to.index, new Set([target.j]));
  }
  return found.size ? found : null;
}

/** That, and the output with its loss: the way that the opening follows back. */
export function wayToLoss(target: Target | null, layout: Layout): Row {
  const loss = layout.columns.length - 1;
  return new Map([[loss - 1, new Set([0])], [loss, new Set([0])], ...(rowOf(target, layout) ?? [])]);
}
