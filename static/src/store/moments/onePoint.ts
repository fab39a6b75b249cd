import type { PointCourse } from "../../api/types";

/** What is asked of the API: a row of a set, or numbers. */
export type Whom = { set: "train" | "test"; row: number } | { inputs: number[] };
/** A number of a point that is followed: one of its outputs, or its own loss. */
export interface Followed {
  whom: Whom;
  /** Place of the output from 0; null for the loss. */
  output: number | null;
}

const SETS = { training: "train", test: "test" } as const;
const TEXT = /^(?:(loss)|output(?: (\d+))?) of (?:(training|test) row (\d+)|\(([^()]+)\))$/;

/** How a followed number is written among those that are watched: "loss of test row 3", "output 2 of (0.5, -1)". */
export function textOf({ whom, output }: Followed): string {
  const what = output === null ? "loss" : output === 0 ? "output" : `output ${output + 1}`;
  if ("inputs" in whom) return `${what} of (${whom.inputs.join(", ")})`;
  return `${what} of ${whom.set === "train" ? "training" : "test"} row ${whom.row}`;
}

/** The same read back; null for any other text, which is a measure. */
export function followedOf(text: string): Followed | null {
  const found = TEXT.exec(text);
  if (!found) return null;
  const [, loss, k, set, row, numbers] = found;
  const output = loss ? null : Number(k ?? 1) - 1;
  if (set) return { whom: { set: SETS[set as keyof typeof SETS], row: Number(row) }, output };
  const inputs = numbers!.split(",").map(Number);
  return inputs.some(Number.isNaN) || loss ? null : { whom: { inputs }, output };
}

/** What is followed of a point: its output, one of several where there are more, and its loss if it has a target. */
export function numbersOf(whom: Whom, output = 0): string[] {
  const texts = [textOf({ whom, output })];
  return "inputs" in whom ? texts : [...texts, textOf({ whom, output: null })];
}

/** One number of a course, iteration by iteration; of a sequence that of its last position. */
export function numbersIn(
  course: PointCourse,
  output: number | null,
): { iteration: number; value: number }[] {
  const { iterations, outputs, losses } = course;
  const each = outputs.data.length / Math.max(1, iterations.length);
  const units = outputs.shape.at(-1)!;
  const at = (i: number) =>
    output === null
      ? losses?.[i]
      : output < units
        ? outputs.data[(i + 1) * each - units + output]
        : undefined;
  return iterations.map((iteration, i) => ({ iteration, value: at(i) ?? Number.NaN }));
}
