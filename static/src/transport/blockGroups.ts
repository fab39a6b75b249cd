import type { Block } from "../api/types";
import type { Labelled } from "./fitLabels";

/** Blocks that the transport draws as one: a block of the program, or all that a layer does in a phase. */
export interface Group extends Labelled {
  phase: Block["phase"];
  first: number;
  last: number;
  blocks: Block[];
}

/** One block, one group. Not `counted`: of an expression, whose ops are no layers with a place. */
export const alone = (blocks: readonly Block[], counted = true): Group[] => {
  const places = counted ? placesOf(blocks) : null;
  return blocks.map((block) => groupOf([block], places));
};

/** One group for each layer and phase: a dense layer with its activation, forwards as backwards. */
export function layered(blocks: readonly Block[], counted = true): Group[] {
  const places = counted ? placesOf(blocks) : null;
  const rows: Block[][] = [];
  for (const block of blocks) {
    const last = rows.at(-1);
    if (last?.[0]?.phase === block.phase && last[0].layer === block.layer) last.push(block);
    else rows.push([block]);
  }
  return rows.map((row) => groupOf(row, places));
}

/** Each layer's place in the model, counted from 1: the number that its symbols have above. */
function placesOf(blocks: readonly Block[]): Map<string, number> {
  const layers = new Set(
    blocks.filter((b) => b.phase === "forward" && /\d$/.test(b.layer)).map((b) => b.layer),
  );
  return new Map([...layers].map((layer, at) => [layer, at + 1]));
}

function groupOf(blocks: Block[], places: Map<string, number> | null): Group {
  const { phase } = blocks[0]!;
  const first = blocks[0]!.first;
  const last = blocks.at(-1)!.last;
  return { phase, first, last, blocks, label: main(blocks).label, short: shortOf(main(blocks), places) };
}

/** The block of a layer's own sum names the layer; its activation goes along. */
const main = (blocks: Block[]) => blocks.find((block) => /\d$/.test(block.label)) ?? blocks[0]!;

const SYMBOLS: Record<string, string> = { loss: "L", features: "\u03c6", penalty: "\u03bb", clipping: "g" };

/** The symbol of what a block makes: x of the batch, L of the loss, \u03b7 of the step size, the place of a layer. */
function shortOf({ phase, layer, label }: Block, places: Map<string, number> | null): string {
  if (phase === "batch") return "x";
  return places ? String(places.get(layer) ?? SYMBOLS[layer] ?? "\u03b7") : label;
}

/**
 * What a group is, in words: "forward: dense 1, tanh, steps 2 to 3". The place that stands on a narrow block is part of
 * its name, where the labels do not say it: "update 1: W\u00b9 b\u00b9", "forward 3: dropout".
 */
export function words({ phase, short, blocks, first, last }: Group): string {
  const steps = first === last ? `step ${first + 1}` : `steps ${first + 1} to ${last + 1}`;
  const labels = blocks.map(({ label }) => label).join(", ");
  const placed = /^\d+$/.test(short) && !labels.split(/\D+/).includes(short);
  return `${phase}${placed ? ` ${short}` : ""}: ${labels}, ${steps}`;
}
