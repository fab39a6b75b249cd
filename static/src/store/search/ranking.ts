import type { TrialEntry } from "../../api/types";

const cost = ({ objective }: TrialEntry, larger: boolean): number => {
  if (objective === null || Number.isNaN(objective)) return Number.POSITIVE_INFINITY;
  return larger ? -objective : objective;
};

/** Infinities are equal to each other. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);

/** The best first: those that got furthest, and among them by the objective, as the server ranks them. */
export const ranked = (trials: readonly TrialEntry[], larger: boolean): TrialEntry[] =>
  trials
    .filter(({ error }) => error === "")
    .toSorted(
      (a, b) => b.iterations - a.iterations || compare(cost(a, larger), cost(b, larger)) || a.index - b.index,
    );

/** What a column of the table holds of a trial. */
export type Column =
  | "index"
  | "seed"
  | "objective"
  | "train_loss"
  | "test_loss"
  | "accuracy"
  | { path: string };

export const cellOf = (entry: TrialEntry, column: Column): unknown =>
  typeof column === "string" ? entry[column] : entry.settings[column.path];

/** Rows in the order of a column; what is no number comes last, whichever way round. */
export function sorted(rows: readonly TrialEntry[], column: Column, down: boolean): TrialEntry[] {
  return rows.toSorted((a, b) => {
    const [x, y] = [cellOf(a, column), cellOf(b, column)];
    if (isNumber(x) && isNumber(y)) return down ? y - x : x - y;
    if (isNumber(x) !== isNumber(y)) return isNumber(x) ? -1 : 1;
    return (down ? -1 : 1) * String(x).localeCompare(String(y));
  });
}

const isNumber = (x: unknown): x is number => typeof x === "number" && !Number.isNaN(x);
