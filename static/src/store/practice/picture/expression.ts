import type * as Dagre from "@dagrejs/dagre";
import type { Blank, GivenNumber, Program } from "../../../api/types";
import {
  type ExercisePicture,
  GAP,
  halfOf,
  heightOf,
  type Mark,
  type Point,
  RADIUS,
  sizeOf,
} from "./network";

/** The library that lays graphs out: it is loaded with the first expression. */
export type Library = typeof Dagre;
type Cell = Pick<GivenNumber, "value">;

const APART = { nodesep: 8, ranksep: 44, marginx: 24, marginy: 20 };
/** Room for what a value is called. */
const BESIDE = 16;

/** The node of a graph that a number belongs to, as its value or as its gradient; null for one of the update. */
function nodeAt({ names }: Program, { value }: Cell): { node: string; gradient: boolean } | null {
  const name = names[value];
  if (!name || name.derived || name.next || name.layer === "optimizer") return null;
  return { node: name.subject, gradient: name.gradient !== "" };
}

/** Whether a given number has a place in the graph; the others are listed. */
export const isOnGraph = (program: Program, cell: Cell): boolean => nodeAt(program, cell) !== null;

/** Why an expression is not drawn, in a sentence; empty where it is. */
export function undrawn(program: Program, ask: readonly Blank[]): string {
  const homeless = ask.find((blank) => !nodeAt(program, blank));
  return homeless
    ? `“${homeless.label}” belongs to the update, to no node of the expression, so nothing is drawn.`
    : "";
}

interface GraphNode {
  name: string;
  title: string;
  caption: string;
  inputs: readonly string[];
  above: Pick<Mark, "given" | "asked">;
  below: Pick<Mark, "given" | "asked">;
}

/**
 * An expression as the graph that it is, from left to right, with nothing in it but what is given and what is asked:
 * gradients above a node, its value below.
 */
export function graphOf(
  program: Program,
  given: readonly GivenNumber[],
  ask: readonly Blank[],
  dagre: Library,
): ExercisePicture {
  const nodes = nodesOf(program, given, ask);
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", ...APART });
  for (const node of nodes) graph.setNode(node.name, roomOf(node));
  const uses = nodes.flatMap(({ name, inputs }) => inputs.map((from) => ({ from, to: name })));
  for (const [i, { from, to }] of uses.entries()) graph.setEdge(from, to, {}, String(i));
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const at = (name: string): Point => ({ x: graph.node(name).x, y: graph.node(name).y });
  const marked = new Set(
    nodes.filter((node) => heightOf(node.above) + heightOf(node.below)).map(({ name }) => name),
  );
  return {
    ...{ width, height, columns: [] },
    units: nodes.map(({ name, title, caption, above, below }) => ({
      ...at(name),
      title,
      ...(marked.has(name) ? {} : { caption }),
      asked: [...above.asked, ...below.asked].map(({ field }) => field),
    })),
    edges: uses.map(({ from, to }, i) => {
      const { points } = graph.edge(from, to, String(i)) as { points: Point[] };
      const via = points.slice(1, -1);
      return { from: at(from), via, to: at(to), lit: marked.has(from) && marked.has(to), asked: [] };
    }),
    marks: nodes.flatMap(({ name, above, below }) => {
      const { x, y } = at(name);
      const edge = RADIUS + 4;
      return [
        ...(heightOf(above) ? [{ x, y: y - edge, align: "above" as const, ...above }] : []),
        ...(heightOf(below) ? [{ x, y: y + edge, align: "below" as const, ...below }] : []),
      ];
    }),
  };
}

/** A node stands in the middle of its room, so there is as much below it as above. */
function roomOf({ title, above, below }: GraphNode): { width: number; height: number } {
  const tallest = Math.max(heightOf(above), heightOf(below));
  const wide = tallest ? Math.max(sizeOf(above).width, sizeOf(below).width) : 2 * halfOf(title) + BESIDE;
  return { width: wide, height: 2 * (RADIUS + GAP + tallest) };
}

function nodesOf(program: Program, given: readonly GivenNumber[], ask: readonly Blank[]): GraphNode[] {
  const { steps, blocks, symbols } = program;
  const forward = steps.filter(({ phase }) => phase === "forward" || phase === "loss");
  const made = new Set(forward.map(({ output }) => output));
  const sources = [...new Set(forward.flatMap(({ inputs }) => inputs))].filter((name) => !made.has(name));
  const signs = new Map(blocks.map((block) => [`${block.phase} ${block.layer}`, block.label]));
  const code = (name: string) => symbols[name]?.code ?? name;
  const marksAt = (node: string, gradient: boolean) => {
    const here = (cell: Cell) => {
      const found = nodeAt(program, cell);
      return found?.node === node && found.gradient === gradient;
    };
    return { given: given.filter(here), asked: ask.filter(here) };
  };
  const drawn = (name: string, title: string, caption: string, inputs: readonly string[]): GraphNode => ({
    ...{ name, title, caption, inputs },
    ...{ above: marksAt(name, true), below: marksAt(name, false) },
  });
  return [
    ...sources.map((name) => drawn(name, code(name), "", [])),
    ...forward.map(({ output, inputs, phase, layer }) =>
      drawn(output, signs.get(`${phase} ${layer}`) ?? "", code(output), inputs),
    ),
  ];
}
