import type { Program, Run } from "../api/types";
import { gradientOf, subjectOf } from "../common/valueNames";
import { type Graph, ordered, settled } from "./orderRows";

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
  /** Where its slope is written: in the gap before what it leads to. */
  slope: Point;
}
export interface Point {
  x: number;
  y: number;
}

/** A computation graph in columns, what is computed to the right of what it is made of. */
export interface Drawing {
  nodes: Node[];
  edges: Edge[];
  width: number;
  height: number;
  node: { width: number; height: number };
}

const NODE = { width: 84, height: 56 };
/** Between two columns there is room for the slope on an edge. */
const PITCH = { least: 146, most: 188 };
const ROW = { least: 70, most: 92 };
const MARGIN = { x: 16, top: 16, bottom: 12 };

/** Width of a number that has no box. */
const BARE = 36;
/** Between edges that join the same two. */
const APART = 18;

type Bare = Omit<Node, "x" | "y">;
type Use = Omit<Edge, "points" | "slope">;

export function drawExpression(run: Run, program: Program, width: number, height: number): Drawing {
  const nodes = nodesOf(run, program);
  const edges = edgesOf(program, nodes);
  const graph = ordered(columnsOf(nodes), edges);
  const rows = settled(graph);
  const [top, bottom] = [Math.min(...rows.values()), Math.max(...rows.values())];
  const columns = graph.columns.length - 1;
  const pitch = between(PITCH, (width - 2 * MARGIN.x - NODE.width) / Math.max(1, columns));
  const row = between(ROW, (height - MARGIN.top - MARGIN.bottom - NODE.height) / Math.max(1, bottom - top));
  const across = pitch * columns + NODE.width;
  const down = row * (bottom - top) + NODE.height;
  const size = {
    width: Math.max(width, across + 2 * MARGIN.x),
    height: Math.max(height, down + MARGIN.top + MARGIN.bottom),
  };
  const left = (size.width - across) / 2 + NODE.width / 2;
  const high = MARGIN.top + (size.height - MARGIN.top - MARGIN.bottom - down) / 2 + NODE.height / 2;
  const at = new Map(
    graph.columns.flatMap((column, c) =>
      column.map((name) => [name, { x: left + pitch * c, y: high + row * (rows.get(name)! - top) }] as const),
    ),
  );
  return {
    nodes: nodes.map((node) => ({ ...node, ...at.get(node.name)! })),
    edges: edges.map((edge) => {
      const reach = nodes.find(({ name }) => name === edge.from)!.kind === "constant" ? BARE : NODE.width;
      const points = routeOf(edge, reach / 2, aside(edge, edges), graph, at);
      return { ...edge, points, slope: pointAt(points, points.at(-1)!.x - (pitch - NODE.width) / 2) };
    }),
    ...size,
    node: NODE,
  };
}

const between = ({ least, most }: { least: number; most: number }, x: number) =>
  Math.min(most, Math.max(least, x));

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

// Columns

/** The column of each value, as far to the right as what is made of it allows; the loss is in the last one. */
export function columnsOf(nodes: readonly Pick<Bare, "name" | "inputs">[]): Map<string, number> {
  const depth = new Map<string, number>();
  for (const { name, inputs } of [...nodes].reverse()) {
    const own = depth.get(name) ?? 0;
    depth.set(name, own);
    for (const input of inputs) depth.set(input, Math.max(depth.get(input) ?? 0, own + 1));
  }
  const last = Math.max(0, ...depth.values());
  return new Map([...depth].map(([name, far]) => [name, last - far]));
}

/** Of several edges between the same two, how far this one stands to the side. */
function aside(edge: Use, edges: readonly Use[]): number {
  const alike = edges.filter(({ from, to }) => from === edge.from && to === edge.to);
  return (alike.indexOf(edge) - (alike.length - 1) / 2) * APART;
}

/** From the right of one node, `reach` from its middle, to the left of the other, through the places kept free in the columns between. */
function routeOf(
  edge: Use,
  reach: number,
  shift: number,
  graph: Graph,
  at: ReadonlyMap<string, Point>,
): Point[] {
  const [start, end] = [at.get(edge.from)!, at.get(edge.to)!];
  const way = (graph.ways.get(`${edge.from} ${edge.to}`) ?? []).map((name) => at.get(name)!);
  const stops = [{ x: start.x + reach, y: start.y }, ...way, { x: end.x - NODE.width / 2, y: end.y }];
  return stops.map(({ x, y }) => ({ x, y: y + shift }));
}

/** The point at x of the last part of a line through points. */
export function pointAt(points: readonly Point[], x: number): Point {
  const [from, to] = points.slice(-2) as [Point, Point];
  const part = (x - from.x) / (to.x - from.x);
  let [low, high] = [0, 1];
  for (let i = 0; i < 20; i++) {
    const t = (low + high) / 2;
    if (1.5 * t * (1 - t) + t ** 3 < part) low = t;
    else high = t;
  }
  return { x, y: from.y + (to.y - from.y) * low * low * (3 - 2 * low) };
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
