import type { DatasetEntry } from "../api/types";

export type DatasetGroup = "points" | "tables" | "sequences";

/** Data sets by what a row of them is: a point that can be drawn, measurements, or one thing after the other. */
export function groupOf({ inputs, positions, tokens }: DatasetEntry): DatasetGroup {
  if (positions !== null || tokens !== null) return "sequences";
  return inputs <= 2 ? "points" : "tables";
}
