import { expect, it } from "vitest";
import { layoutNetwork } from "./layout/layoutNetwork";
import { paint } from "./paint/paintNetwork";
import { joins, rowOf, speaksOf, wayToLoss } from "./row";
import { numbers, painted, pictureOf, tidy } from "./testing/pictures";
import { denseRun } from "./testing/runs";

const CIRCLE = layoutNetwork(denseRun(["x1", "x2"], 4, 3, 1), [], 832, 534);
const WEIGHT = { kind: "edge", bundle: 2, weight: "dense3.weight", j: 0, k: 1 } as const;
const flat = (row: ReturnType<typeof rowOf>) => row && [...row].map(([column, units]) => [column, ...units]);

it("a weight speaks of the units that it joins, a unit of itself, what is open or missing of nothing", () => {
  const targets = [
    WEIGHT,
    { kind: "unit", column: 1, unit: 3 },
    { ...WEIGHT, k: null },
    { kind: "unit", column: 1, unit: null },
    { kind: "loss" },
    null,
  ] as const;
  expect(targets.map((target) => flat(rowOf(target, CIRCLE)))).toEqual([
    [
      [2, 1],
      [3, 0],
    ],
    [[1, 3]],
    null,
    null,
    null,
    null,
  ]);
});

it("the way of a weight to the loss goes by the output, and joins nothing beside it", () => {
  const row = wayToLoss(WEIGHT, CIRCLE);
  const [, , last, toLoss] = CIRCLE.bundles;
  expect([flat(row), joins(row, last!, 0, 1), joins(row, last!, 0, 2), joins(row, toLoss!, 0, 0)]).toEqual([
    [
      [3, 0],
      [4, 0],
      [2, 1],
    ],
    true,
    false,
    true,
  ]);
  expect([speaksOf(row, 1, 0), speaksOf(null, 1, 0)]).toEqual([false, true]);
});

it("all but the row lies under a veil, and the row is painted once more on top of it", () => {
  const layout = tidy(denseRun(["x", "y"], 1));
  const row = new Map([
    [0, new Set([1])],
    [1, new Set([0])],
  ]);
  const bundles = { 0: { weight: numbers([1, 2], 1, -1) } };
  const lines = painted((context) => paint(context, { ...pictureOf(layout, { bundles }), row }));
  const veil = lines.findIndex((line) => line.startsWith("fill paper"));
  const after = lines
    .slice(veil + 1)
    .filter((line) => /^line (positive|negative)|^fill .*box|circle/.test(line));
  expect([veil > 0, after]).toEqual([
    true,
    [
      "line negative 2.5 at 0.46: from 60,80 curve 100,80 100,40 to 140,40",
      "fill card: box 40,70 20x20 r5",
      "fill card: box 140,30 20x20 r5",
    ],
  ]);
});
