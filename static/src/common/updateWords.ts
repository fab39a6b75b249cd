import { madeOf } from "./valueNames";

const WORDS: { [key: string]: string } = {
  before: "w",
  grad: "∂L/∂w",
  l1_grad: "L1",
  l2_grad: "L2",
  total_grad: "together",
  clipped_grad: "clipped",
  exp_avg: "m′",
  exp_avg_sq: "v′",
  corrected: "m̂",
  corrected_sq: "v̂",
  scale: "√v̂",
  momentum: "momentum",
  lookahead: "look ahead",
  update: "step",
  next: "new w",
  ratio: "|step / w|",
};

/** What an update makes of a parameter, as a heading: `exp_avg.next` is m′. */
export function updateWord(column: string): string {
  const made = madeOf(column);
  return WORDS[made] ?? made.replaceAll("_", " ");
}
