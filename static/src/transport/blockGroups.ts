import type { Block, Run } from "../api/types";
import type { Labelled } from "./fitLabels";

/** Blocks that the transport draws as one: a block of the program, or all that a layer does in a phase. */
export interface Group extends Labelled {
  phase: Block["phase"];
  first: number;
  last: number;
  blocks: Block[];
  /** The layer's title, empty where it is none's. */
  title: string;
}

type Named = Pick<Run["layers"][number], "name" | "title" | "short">;
type Layers = readonly Named[];

/** One block, one group. */
export const alone = (blocks: readonly Block[], layers: Layers): Group[] =>
  blocks.map((block) => groupOf([block], layers, false));

/** One group for each layer and phase, under the layer's title: dense with its activation, forwards as backwards. */
export function layered(blocks: readonly Block[], layers: Layers): Group[] {
  const rows: Block[][] = [];
  for (const block of blocks) {
    const last = rows.at(-1);
    if (last?.[0]?.phase === block.phase && last[0].layer === block.layer) last.push(block);
    else rows.push([block]);
  }
  return rows.map((row) => groupOf(row, layers, true));
}

/** For the last row of a hall: a block for each layer, in a word, and one for the update. */
export function forHall(blocks: readonly Block[], layers: Layers): Group[] {
  const first = blocks.findIndex(({ phase }) => phase === "update");
  const [before, update] = first < 0 ? [blocks, []] : [blocks.slice(0, first), blocks.slice(first)];
  const named = layered(before, layers).map((group) => ({ ...group, label: group.title || group.short }));
  if (!update.length) return named;
  const whole = { ...groupOf([...update], layers, true), label: "update", short: "update", title: "" };
  return [...named, whole];
}

function groupOf(blocks: Block[], layers: Layers, together: boolean): Group {
  const { phase, first, layer: name, label } = blocks[0]!;
  const last = blocks.at(-1)!.last;
  const layer = layers.find((other) => other.name === name);
  const group = { phase, first, last, blocks, title: layer?.title ?? "" };
  if (!layer)
    return { ...group, label, ...lessOf(label, WORDS[name] ?? label), letter: letterOf(blocks[0]!) };
  const titled = together && phase !== "update" ? layer.title : label;
  const less = titled === layer.title || phase === "update" ? layer.short : label;
  return { ...group, label: titled, ...lessOf(titled, less), letter: less.replace(/ \d+$/, "") };
}

/** The shorter one of two texts, and the number in the second: "W¹ b¹" is shorter than "dense 1", but has no 1. */
const lessOf = (label: string, less: string) => ({
  short: less.length < label.length ? less : label,
  number: /\d+$/.exec(less)?.[0] ?? "",
});

const WORDS: Record<string, string> = { loss: "loss", clipping: "clip" };
const LETTERS: Record<string, string> = {
  loss: "L",
  features: "φ",
  penalty: "λ",
  clipping: "g",
  schedule: "η",
  optimizer: "η",
};

/** The symbol of what a block makes: x of the batch, L of the loss, η of the step size. */
const letterOf = ({ phase, layer, label }: Block): string =>
  phase === "batch" ? "x" : (LETTERS[layer] ?? label);

/**
 * What a group is, in words: "forward: dense 1, tanh, steps 2 to 3". The layer's title is part of it where the labels do
 * not say it: "update dense 1: W¹ b¹", "forward dropout 1: dropout".
 */
export function words({ phase, title, blocks, first, last }: Group): string {
  const steps = first === last ? `step ${first + 1}` : `steps ${first + 1} to ${last + 1}`;
  const labels = blocks.map(({ label }) => label).join(", ");
  const titled = title !== "" && !labels.includes(title);
  return `${phase}${titled ? ` ${title}` : ""}: ${labels}, ${steps}`;
}
