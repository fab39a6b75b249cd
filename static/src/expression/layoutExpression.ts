import type * as Dagre from "@dagrejs/dagre";
import type { Program, Run } from "../api/types";
import { gradientOf, subjectOf } from "../common/valueNames";

/** One value of an expression: an input, a number of the text, or what an op makes. */
export interface Node {
  name: string;
  kind: "trained" | "fixed" | "constant" | "op" | "loss";
  /** Of its op, as the transport's blocks have it. */
  sign: string;
  inputs: string[];
  x: number;
  y: number;
}

/** One use of a value; `carried` is what comes back along it, once the backward pass has been there. */
export interface Edge {
  from: string;
  to: string;
  carried: string | null;
  points: Point[];
  /** Where its slope is written: room is kept for it. */
  slope: Point;
}
export interface Point {
  x: number;
  y: number;
}

/** A computation graph from left to right, what is computed to the right of what it is made of. */
export interface Drawing {
  nodes: Node[];
  edges: Edge[];
  width: number;
  height: number;
  node: { width: number; height: number };
}

const NODE = { width: 84, height: 56 };
/** Width of a number that has no box, and the room for a slope on its edge. */
const BARE = 36;
export const SLOPE = { width: 46, height: 16 };
const APART = { nodesep: 14, ranksep: 22, edgesep: 6, marginx: 16, marginy: 14 };

export type Bare = Omit<Node, "x" | "y">;
export type Use = Omit<Edge, "points" | "slope">;
/** The library that lays graphs out: it is loaded with the first expression. */
export type Library = typeof Dagre;

export const drawExpression = (run: Run, program: Program, dagre: Library): Drawing => {
  const nodes = nodesOf(run, program);
  return arranged(nodes, edgesOf(program, nodes), dagre);
};

/** Nodes, edges and the slopes on them, none over another. */
export function arranged(nodes: readonly Bare[], edges: readonly Use[], dagre: Library): Drawing {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", ...APART });
  for (const { name, kind } of nodes)
    graph.setNode(name, { width: kind === "constant" ? BARE : NODE.width, height: NODE.height });
  for (const [i, { from, to }] of edges.entries())
    graph.setEdge(from, to, { ...SLOPE, labelpos: "c" }, String(i));
  dagre.layout(graph);
  const at = (name: string) => graph.node(name) as unknown as Point & { width: number };
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    nodes: nodes.map((node) => ({ ...node, x: at(node.name).x, y: at(node.name).y })),
    edges: edges.map((edge, i) => {
      const { points, x, y } = graph.edge(edge.from, edge.to, String(i)) as { points: Point[] } & Point;
      return { ...edge, points: between(at(edge.from), points, at(edge.to)), slope: { x, y } };
    }),
    width,
    height,
    node: NODE,
  };
}

/** From the right side of a node through the places kept free to the left side of the other. */
function between(
  from: Point & { width: number },
  points: readonly Point[],
  to: Point & { width: number },
): Point[] {
  const [start, end] = [
    { x: from.x + from.width / 2, y: from.y },
    { x: to.x - to.width / 2, y: to.y },
  ];
  return [start, ...points.slice(1, -1).filter(({ x }) => x > start.x + 1 && x < end.x - 1), end];
}

// The graph that a program is

function nodesOf(run: Run, { steps, blocks }: Program): Bare[] {
  const forward = steps.filter(({ phase }) => phase === "forward" || phase === "loss");
  const made = new Set(forward.map(({ output }) => output));
  const given = new Map(run.parameters.map((p) => [p.name, p.trainable ? "trained" : "fixed"] as const));
  const sources = [...new Set(forward.flatMap(({ inputs }) => inputs))].filter((name) => !made.has(name));
  const signs = new Map(blocks.map((block) => [`${block.phase} ${block.layer}`, block.label]));
  return [
    ...sources.map((name) => ({ name, kind: given.get(name) ?? "constant", sign: "", inputs: [] }) as Bare),
    ...forward.map(({ output, inputs, phase, layer }) => {
      const kind = phase === "loss" ? ("loss" as const) : ("op" as const);
      return { name: output, kind, sign: signs.get(`${phase} ${layer}`) ?? "", inputs };
    }),
  ];
}

function edgesOf({ steps, names }: Program, nodes: readonly Bare[]): Use[] {
  const back = steps.filter(({ phase, op }) => phase === "backward" && op !== "accumulate");
  return nodes.flatMap(({ name, inputs }) => {
    const carriers = back.filter(({ layer, output }) => layer === name && output !== gradientOf("loss"));
    return inputs.map((from) => {
      const at = carriers.findIndex(({ output }) => subjectOf(names, output) === from);
      const [step] = at < 0 ? [] : carriers.splice(at, 1);
      return { from, to: name, carried: step?.output ?? null };
    });
  });
}

/** A smooth line through points, level at each of them. */
export function curve(points: readonly Point[]): string {
  const parts = points.map(({ x, y }, i) => {
    const before = points[i - 1];
    if (!before) return `M${x} ${y}`;
    const half = (before.x + x) / 2;
    return `C${half} ${before.y} ${half} ${y} ${x} ${y}`;
  });
  return parts.join("");
}
