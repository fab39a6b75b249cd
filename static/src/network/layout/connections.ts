import type { NetNode, NetParameter } from "./modelGraph";
import type { BundleKind, Draft } from "./types";

/** A connection before it has a place: from one column to another, by their positions, with the weights on it. */
export interface Wire {
  kind: BundleKind;
  from: number;
  to: number;
  parameter: NetParameter | null;
  /** In what a concatenation gives: where what comes from here begins. */
  offset: number;
}

/** Where each unit takes the unit of the same position; more of them than this are drawn as a whole. */
const MOST_LINES = 64;

/** What a layer does with its inputs, cell by cell; empty for one that does not. */
export const signOf = ({ picture }: NetNode): string => picture.sign;

/** How many entries a column has that weights lead to: units, channels of images, features of a sequence. */
export const channelsOf = ({ kind, grid, units }: Pick<Draft, "kind" | "grid" | "units">): number =>
  kind === "loss" ? 1 : !grid ? units : kind === "sequence" ? grid.rows : grid.maps;

/** All connections of a network, those into one column together. */
export const wiresOf = (drafts: readonly Draft[]): Wire[] => drafts.flatMap((_, to) => wiresInto(drafts, to));

function wiresInto(drafts: readonly Draft[], to: number): Wire[] {
  const target = drafts[to]!;
  const sources = target.node.inputs.map((value) => drafts.findIndex((draft) => draft.value === value));
  const once = (from: number, at: number) => target.node.picture.stacks || sources.indexOf(from) === at;
  const known = sources.filter((from, at) => from >= 0 && once(from, at));
  const main = known.length === 1 ? mainWire(drafts, known[0]!, to) : null;
  const wires = main ? [main] : joined(drafts, known, to);
  return [...wires, ...tables(target, known[0] ?? 0, to, main?.parameter ?? wires[0]?.parameter ?? null)];
}

/** The weights by which every unit takes all that came before; null for a layer without such. */
function mainWire(drafts: readonly Draft[], from: number, to: number): Wire | null {
  const [source, target] = [drafts[from]!, drafts[to]!];
  const fitting = target.node.parameters.filter(({ shape }) => shape.length > 1);
  const parameter = fitting.length === 1 && !target.node.picture.table ? fitting[0]! : null;
  if (!parameter || parameter.shape[0] !== channelsOf(target)) return null;
  const kind = weightKind(source, target, parameter);
  return kind && { kind, from, to, parameter, offset: 0 };
}

function weightKind(source: Draft, target: Draft, { shape }: NetParameter): BundleKind | null {
  const image = source.node.image;
  if (shape.length === 4) return "kernels";
  if (shape.length !== 2 || target.kind === "maps") return null;
  if (image && shape[1] === image[0] * image[1] && target.kind !== "sequence") return "tiles";
  if (shape[1] !== (source.kind === "image" ? source.units : channelsOf(source))) return null;
  return source.kind === "units" && target.kind === "units" ? "edges" : "matrix";
}

/** A connection to each source; a concatenation puts them one after the other. */
function joined(drafts: readonly Draft[], sources: readonly number[], to: number): Wire[] {
  const target = drafts[to]!;
  let offset = 0;
  return sources.map((from) => {
    const wire = { kind: plainKind(drafts[from]!, target), from, to, offset };
    if (target.node.picture.stacks) offset += drafts[from]!.units;
    return { ...wire, parameter: scaleOf(target) };
  });
}

function plainKind(source: Draft, target: Draft): BundleKind {
  if (target.kind === "loss") return source.grid ? "link" : "loss";
  if (target.node.depth - source.node.depth > 1) return "skip";
  const rows = [source, target].every(({ kind }) => kind === "units" || kind === "strip");
  const alike = source.units === target.units || target.node.picture.stacks;
  const own = target.node.made !== null || (alike && target.node.picture.unitwise);
  return rows && own && source.units <= MOST_LINES ? "direct" : "link";
}

/** The learned scale of a normalization belongs to the way into its unit. */
const scaleOf = ({ node }: Draft): NetParameter | null =>
  node.parameters.find(({ key, shape }) => key === "weight" && shape.length === 1) ?? null;

/** All other matrices of a layer stand before it. */
function tables(target: Draft, from: number, to: number, shown: NetParameter | null): Wire[] {
  const others = target.node.parameters.filter((p) => p !== shown && p.shape.length > 1);
  return others.map((parameter) => ({ kind: "table", from, to, parameter, offset: 0 }));
}
