import type { Run } from "../api/types";

/** Whether the batch's loss is the sum of its samples' (or half of it), not their mean. */
export const isSummed = (run: Run | null): boolean => run?.loss.reduction?.endsWith("sum") ?? false;
