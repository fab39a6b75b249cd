import type { ProgramStep, Run } from "../api/types";
import { nameOf } from "../common/valueNames";

/**
 * Which layers the numbers above the letters of a step's formula stand for: "(3) is dense 2, (4) is dense 3". A formula
 * counts all layers, a title those of its type.
 */
export function layerNumbers(
  { layers }: Run,
  names: Parameters<typeof nameOf>[0],
  step: Pick<ProgramStep, "inputs" | "output">,
): string {
  const used = new Set([...step.inputs, step.output].map((value) => nameOf(names, value).layer));
  return layers
    .flatMap(({ name, title }, at) => (used.has(name) ? [`(${at + 1}) is ${title}`] : []))
    .join(", ");
}
