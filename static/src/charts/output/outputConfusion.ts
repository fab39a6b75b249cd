/** A cell of a confusion matrix: true class down, predicted class across. */
export interface Cell {
  truth: number;
  predicted: number;
  count: number;
  /** Share of its true class, 0 to 1. */
  share: number;
}

/** Larger matrices keep their colours but not their numbers. */
export const NUMBERED = 12;
/** Larger ones would be a grey haze. */
export const MOST_CLASSES = 32;

export function confusionCells(counts: readonly (readonly number[])[]): Cell[][] {
  return counts.map((row, truth) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    return row.map((count, predicted) => ({ truth, predicted, count, share: total ? count / total : 0 }));
  });
}

/** The largest mistake in words' terms, or null where there is none. */
export function worstMistake(counts: readonly (readonly number[])[]): Cell | null {
  const mistakes = confusionCells(counts)
    .flat()
    .filter((cell) => cell.truth !== cell.predicted && cell.count > 0);
  return mistakes.sort((a, b) => b.count - a.count)[0] ?? null;
}
