export type Source = "table" | "points" | "rule" | "images";
/** What is asked of the reading; null where the server guesses. */
export interface Asked {
  target: string | null;
  column: readonly string[] | null;
  number: readonly string[];
  category: readonly string[];
  separator: string | null;
  decimal: string | null;
  header: boolean | null;
  gaps: "leave_out" | "median";
  scaling: "standardize" | "none";
  test_percent: number;
  mend: readonly string[];
  image: string;
  seed: number;
}
/** A rule that is typed, and the points that it is asked about. */
export type RuleAsked = { rule: string; rows: number; low: number; high: number; noise: number };

export const NOTHING: Asked = {
  target: null,
  column: null,
  number: [],
  category: [],
  separator: null,
  decimal: null,
  header: null,
  gaps: "leave_out",
  scaling: "standardize",
  test_percent: 30,
  mend: [],
  image: "",
  seed: 0,
};
