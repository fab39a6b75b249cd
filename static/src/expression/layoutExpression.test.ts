import * as dagre from "@dagrejs/dagre";
import { expect, test } from "vitest";
import { arranged, type Bare, curve, type Library } from "./layoutExpression";

const node = (name: string, ...inputs: string[]): Bare => ({
  name,
  kind: inputs.length ? "op" : "trained",
  sign: "",
  inputs,
});
/** Values that are used several times, one of them twice by the same: as in micrograd's example. */
const NODES = [
  ...["a", "b"].map((name) => node(name)),
  node("c", "a", "b"),
  node("v1", "a", "b"),
  node("v2", "b"),
  node("d", "v1", "v2"),
  node("v3", "c", "c"),
  node("v4", "v3", "a"),
  node("e", "v4", "d"),
  node("L", "e", "c"),
];
const usesOf = (nodes: readonly Bare[]) =>
  nodes.flatMap(({ name, inputs }) => inputs.map((from) => ({ from, to: name, carried: null })));
const EDGES = usesOf(NODES);
const drawing = arranged(NODES, EDGES, dagre as Library);

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
const overlap = (a: Box, b: Box) =>
  Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 0.5 &&
  Math.abs(a.y - b.y) < (a.height + b.height) / 2 - 0.5;

test("what is computed stands to the right of what it is made of", () => {
  const at = new Map(drawing.nodes.map(({ name, x }) => [name, x]));
  expect(EDGES.filter(({ from, to }) => at.get(from)! + drawing.node.width > at.get(to)!)).toEqual([]);
});

/** Three values, each used by three others. */
const CROWDED = [
  ...["a", "b", "c"].map((name) => node(name)),
  ...["p", "q", "r"].map((name) => node(name, "a", "b", "c")),
  node("L", "p", "q", "r"),
];
const crowded = arranged(CROWDED, usesOf(CROWDED), dagre as Library);

test.each([
  ["of a few values", drawing],
  ["of values that all use all", crowded],
])("no node and no slope %s lies over another, and all lie in the picture", (_, drawing) => {
  const boxes = [
    ...drawing.nodes.map(({ name, x, y }) => ({ name, x, y, ...drawing.node })),
    ...drawing.edges.map(({ from, to, slope }, i) => ({
      name: `${from} ${to} ${i}`,
      ...slope,
      width: 40,
      height: 14,
    })),
  ];
  const met = boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap((b) => (overlap(a, b) ? [`${a.name}, ${b.name}`] : [])),
  );
  // asked so that what has no place at all is not taken for something inside
  const inside = boxes.filter(
    ({ x, y, width, height }) =>
      x >= width / 2 && y >= height / 2 && x <= drawing.width - width / 2 && y <= drawing.height - height / 2,
  );
  expect([met, inside]).toEqual([[], boxes]);
});

test("an edge leaves a node at its right and reaches the other at its left", () => {
  const half = drawing.node.width / 2;
  for (const { from, to, points } of drawing.edges) {
    const [start, end] = [from, to].map((name) => drawing.nodes.find((other) => other.name === name)!);
    expect([points[0], points.at(-1)]).toEqual([
      { x: start!.x + half, y: start!.y },
      { x: end!.x - half, y: end!.y },
    ]);
  }
});

test("a curve leaves and arrives level", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 6 },
  ];
  expect(curve(points)).toBe("M0 0C5 0 5 6 10 6");
});
