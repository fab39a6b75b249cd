import { expect, test } from "vitest";
import { columnsOf, curve, pointAt } from "./layoutExpression";
import { apart, ordered, settled } from "./orderRows";

const node = (name: string, ...inputs: string[]) => ({ name, inputs });
/** L = (a*b + c) * tanh(d), inputs first. */
const LECTURE = [
  ...["a", "b", "c", "d"].map((name) => node(name)),
  node("v1", "a", "b"),
  node("v2", "v1", "c"),
  node("v3", "d"),
  node("L", "v2", "v3"),
];
const edges = LECTURE.flatMap(({ name, inputs }) => inputs.map((from) => ({ from, to: name })));

test("every value stands just left of the first that is made of it, the loss at the end", () => {
  expect(Object.fromEntries(columnsOf(LECTURE))).toEqual({
    ...{ a: 0, b: 0, v1: 1, c: 1, d: 1, v2: 2, v3: 2, L: 3 },
  });
});

test("columns are ordered without a crossing where there need be none", () => {
  const { columns } = ordered(columnsOf(LECTURE), edges);
  const rows = settled(ordered(columnsOf(LECTURE), edges));
  expect(columns.map((column) => [...column].sort())).toEqual([
    ["a", "b"],
    ["c", "d", "v1"],
    ["v2", "v3"],
    ["L"],
  ]);
  const upDown = Math.sign(rows.get("v3")! - rows.get("v2")!);
  expect(Math.sign(rows.get("d")! - rows.get("v1")!)).toBe(upDown);
  expect(Math.sign(rows.get("d")! - rows.get("c")!)).toBe(upDown);
});

test("an edge over several columns has a place of its own in each of them", () => {
  const skip = [node("a"), node("v1", "a"), node("v2", "v1"), node("L", "v2", "a")];
  const uses = skip.flatMap(({ name, inputs }) => inputs.map((from) => ({ from, to: name })));
  const graph = ordered(columnsOf(skip), uses);
  const rows = settled(graph);
  expect(graph.ways.get("a L")).toEqual(["a L 0", "a L 1"]);
  expect(Math.abs(rows.get("a L 0")! - rows.get("v1")!)).toBeGreaterThanOrEqual(0.99);
});

test("rows that collide move apart together, the others stay", () => {
  expect(apart([0, 0, 5])).toEqual([-0.5, 0.5, 5]);
  expect(apart([0, 2, 4])).toEqual([0, 2, 4]);
});

test("a curve leaves and arrives level", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 6 },
  ];
  expect(curve(points)).toBe("M0 0C5 0 5 6 10 6");
});

test("a slope stands on its edge, in the gap before what the edge leads to", () => {
  const line = [
    { x: 0, y: 90 },
    { x: 10, y: 0 },
    { x: 110, y: 60 },
  ];
  const [middle, end] = [pointAt(line, 60), pointAt(line, 110)];
  const rounded = [middle, end].map(({ x, y }) => [Math.round(x), Math.round(y)]);
  expect(rounded).toEqual([
    [60, 30],
    [110, 60],
  ]);
});
