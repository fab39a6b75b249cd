import type { Value } from "../../api/types";
import { rowOf } from "../../common/sampleText";

/**
 * Where a sample stands in what an evaluation lists of the batch: sequences have a row for each position, sample after
 * sample. In a batch too small for the sample its last one.
 */
export function batchRow(rows: number, positions: number, sample: number, position: number): number {
  const last = Math.max(0, rows / positions - 1);
  return Math.min(sample, last) * positions + position;
}

/** The mean over the batch of what is listed at a position. */
export function meanAt(listed: Value, positions: number, position: number): number[] {
  const samples = Math.floor((listed.shape[0] ?? 0) / positions);
  const rows = Array.from({ length: samples }, (_, n) => rowOf(listed, n * positions + position));
  return (rows[0] ?? []).map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / samples);
}
