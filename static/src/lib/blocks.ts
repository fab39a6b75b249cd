import type { Block } from "../api/types";
import type { Labelled } from "./fit";

/** Blocks that the transport draws as one: a block of the program, or all that a layer does in a phase. */
export interface Group extends Labelled {
  phase: Block["phase"];
  first: number;
  last: number;
  blocks: Block[];
}

/** One block, one group. */
export const alone = (blocks: readonly Block[]): Group[] => blocks.map((block) => groupOf([block]));

/** One group for each layer and phase: a dense layer with its activation, forwards as backwards. */
export function layered(blocks: readonly Block[]): Group[] {
  const rows: Block[][] = [];
  for (const block of blocks) {
    const last = rows.at(-1);
    if (last?.[0]?.phase === block.phase && last[0].layer === block.layer) last.push(block);
    else rows.push([block]);
  }
  return rows.map(groupOf);
}

function groupOf(blocks: Block[]): Group {
  const { phase } = blocks[0]!;
  const first = blocks[0]!.first;
  const last = blocks.at(-1)!.last;
  return { phase, first, last, blocks, label: main(blocks).label, short: shortOf(main(blocks)) };
}

/** The block of a layer's own sum names the layer; its activation goes along. */
const main = (blocks: Block[]) => blocks.find((block) => /\d$/.test(block.label)) ?? blocks[0]!;

/** The symbol of what a block makes: x of the batch, L of the loss, \u03b7 of the step size, the number of a layer. */
function shortOf({ phase, layer }: Block): string {
  if (phase === "batch") return "x";
  if (layer === "loss") return "L";
  return /\d+$/.exec(layer)?.[0] ?? "\u03b7";
}

/** What a group is, in words: "forward: dense 1, tanh, steps 2 to 3"; the name of an update has its layer's number. */
export function words({ phase, short, blocks, first, last }: Group): string {
  const steps = first === last ? `step ${first + 1}` : `steps ${first + 1} to ${last + 1}`;
  const what = phase === "update" && /\d/.test(short) ? `${phase} ${short}` : phase;
  return `${what}: ${blocks.map(({ label }) => label).join(", ")}, ${steps}`;
}
