import { expect, it } from "vitest";
import type { Landscape } from "../../api/types";
import {
  drawnAsTwo,
  exactWhere,
  lostWords,
  misledWords,
  planeWords,
  sharesOf,
  standings,
  statisticsWords,
  type Told,
  worstMisled,
} from "./honesty";

const point = (iteration: number, loss: number, seen = loss) => ({
  iteration,
  loss,
  seen,
  a: 0,
  b: 0,
  distance: 0,
  off_plane: 0,
});
const path = (points: object[], misled: object | null = null) => ({
  run: "x",
  points,
  off_plane: 0.1,
  misled,
});
const told = (...paths: object[]): Told => ({
  found: { paths, statistics: "none" } as unknown as Landscape,
  names: ["Adam", "SGD", "momentum"],
  iteration: 600,
});

it.each([
  [
    [0.745, 0.215],
    ["74.5 %", "21.5 %", "4.0 %", "96.0 %"],
  ],
  [
    [0.3334, 0.3333],
    ["33.4 %", "33.3 %", "33.3 %", "66.7 %"],
  ],
  [
    [1, 0],
    ["100.0 %", "0.0 %", "0.0 %", "100.0 %"],
  ],
  [
    [0.99999, 0.00001],
    ["100.0 %", "0.0 %", "0.0 %", "100.0 %"],
  ],
])("shares come to 100 as they are written: %j", (explained, [first, second, rest, plane]) => {
  expect(sharesOf(explained)).toEqual({ first, second, rest, plane });
});

it("says how many parameters are drawn", () => {
  expect([drawnAsTwo(105), drawnAsTwo(2)]).toEqual([
    "105 parameters, drawn as 2.",
    "Both parameters are drawn.",
  ]);
});

it("says where the picture is exact, and only where it is", () => {
  const words = "Exact only where Adam is at iteration 600: 0.0305 in both.";
  expect(exactWhere(told(path([point(0, 1), point(600, 0.0305)])))).toBe(words);
  expect(exactWhere(told(path([point(600, 0.0305, 0.031)])))).toBe("");
  expect(exactWhere(told(path([point(590, 0.0305)])))).toBe("");
});

it("tells the path on which the ground misleads most", () => {
  const [adam, sgd] = [path([], { median: 0.24, worst: 1.05 }), path([], { median: 0.1, worst: 4.33 })];
  expect([misledWords(adam as never), misledWords(path([]) as never)]).toEqual([
    "median 24 %, worst 105 %",
    "not measured: no loss above 0",
  ]);
  expect(worstMisled(told(adam, sgd))).toBe(
    "The ground under a dot is off by 433 % of the true loss at the worst on the path of SGD.",
  );
  expect(worstMisled(told(adam))).toBe(
    "The ground under a dot is off by 105 % of the true loss at the worst.",
  );
  expect(misledWords(path([], { median: 0.0012, worst: 0.009 }) as never)).toBe("median 0.1 %, worst 0.9 %");
  expect(misledWords(path([], { median: 0, worst: 0.0001 }) as never)).toBe(
    "median 0.0 %, worst under 0.1 %",
  );
  expect(worstMisled(told(path([])))).toBe("");
});

it.each([
  ["pca", ["Adam"], "none", "p₁ and p₂ hold most of the path of Adam."],
  ["pca", ["Adam", "SGD"], "none", "p₁ and p₂ hold most of the 2 paths, seen from Adam."],
  ["random", ["Adam"], "none", "p₁ and p₂ are drawn at random, each of length 1."],
  ["random", ["Adam"], "row", "p₁ and p₂ are drawn at random, each row as long as that of the weights."],
  [
    "gradient,update",
    ["Adam"],
    "none",
    "p₁ is the gradient of this iteration, p₂ what its update has beside it.",
  ],
  ["to:abc", ["Adam", "SGD"], "none", "p₁ leads to the end of SGD, p₂ is drawn at random across it."],
] as const)("says what the directions are: %s", (directions, names, normalise, words) => {
  expect(planeWords(directions, names, normalise)).toBe(words);
});

it("says which statistics a normalization takes, and nothing without one", () => {
  const said = (["none", "running", "batch"] as const).map((statistics) =>
    statisticsWords({ statistics } as Landscape),
  );
  expect(said).toEqual([
    "",
    "Batch normalization takes the running mean and variance of this iteration everywhere.",
    "Batch normalization takes the mean and variance of the batch at every place.",
  ]);
});

it("ranks the ends, the lowest first, and leaves out who did not arrive", () => {
  const race = told(path([point(600, 0.0305)]), path([point(600, 0.611)]), path([point(600, 0.0246)]));
  expect(standings(race)).toBe(
    "After 600 iterations momentum is lowest, at 0.0246; Adam at 0.0305, SGD at 0.611.",
  );
  const lost = told(path([point(600, 0.0305)]), path([point(590, 1e9)]), path([point(600, Number.NaN)]));
  expect([standings(lost), lostWords(lost)]).toEqual(["", ["SGD diverged: its path ends at iteration 590."]]);
});
