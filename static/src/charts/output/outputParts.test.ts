import { describe, expect, it } from "vitest";
import type { Evaluation, Run, Samples } from "../../api/types";
import { keeper } from "../../common/keepShowing";
import {
  imageSide,
  inkLevels,
  inputLines,
  largest,
  listedOutput,
  outputText,
  rowOf,
  rowWith,
  tableRow,
  targetText,
} from "../../common/sampleText";
import { across, axesOf, held, up, widened } from "./outputAxes";
import { batchRow, meanAt } from "./outputClasses";
import { confusionCells, worstMistake } from "./outputConfusion";
import { type Dot, dotAt } from "./outputDots";

const value = (shape: number[], data: number[]) => ({ shape, data: Float64Array.from(data) });
const run = { classes: ["no", "yes"], features: ["x1", "x2"] } as unknown as Run;
const samples = (more: Partial<Samples>): Samples => ({
  inputs: value([2, 2], [0.5, -1.25, 3, 4]),
  targets: value([2, 1], [-1, 1]),
  labels: [0, 1],
  split: ["train", "test"],
  table_rows: null,
  ...more,
});

describe("what is said of a sample", () => {
  it("is its class with the number that stands for it", () => {
    expect(targetText(run, samples({}), 1)).toBe("yes (1.00)");
  });

  it("is its class alone where the target is an index or a row", () => {
    const byIndex = samples({ targets: value([2], [0, 1]) });
    const byRow = samples({ targets: value([2, 2], [1, 0, 0, 1]) });
    expect([targetText(run, byIndex, 0), targetText(run, byRow, 1)]).toEqual(["no", "yes"]);
  });

  it("is its row in the table that was read, where one was", () => {
    expect([
      tableRow(samples({}), 1),
      tableRow(samples({ table_rows: [4, 2] }), 1),
      tableRow(null, 0),
    ]).toEqual([null, 2, null]);
  });

  it("is its numbers where there are no classes", () => {
    expect(targetText(run, samples({ labels: null }), 0)).toBe("−1.00");
  });

  it("is found by its target, where a frame does not say which row it is", () => {
    const byIndex = samples({ targets: value([3], [0, 2, 1]) });
    expect([
      rowWith(samples({}), [1]),
      rowWith(byIndex, [2]),
      rowWith(byIndex, [5]),
      rowWith(byIndex, []),
    ]).toEqual([1, 1, null, null]);
  });

  it("is the output that an evaluation lists for it, training rows first", () => {
    const scores = (rows: number[][]) => ({ outputs: value([rows.length, 2], rows.flat()) });
    const both = { train: scores([[1, 2]]), test: scores([[3, 4]]) } as Evaluation;
    expect([0, 1, 2].map((row) => listedOutput(both, row))).toEqual([[1, 2], [3, 4], null]);
    expect(listedOutput({ train: { outputs: null }, test: null } as Evaluation, 0)).toBe(null);
  });

  it("names the inputs", () => {
    expect(inputLines(run, samples({}), 0)).toEqual([
      { name: "x1", text: "0.500", exact: true },
      { name: "x2", text: "−1.25", exact: true },
    ]);
  });

  it("is told in the unit that the data came in, with the model's behind it", () => {
    const own_units = {
      mean: [10, 0],
      deviation: [4, 1],
      target_name: "price",
      target_mean: 100,
      target_deviation: 20,
    };
    const scaled = { ...run, loss: { logarithms: false }, own_units } as unknown as Run;
    expect([
      inputLines(scaled, samples({}), 0).map(({ text }) => text),
      targetText(scaled, samples({ labels: null }), 0),
      outputText(scaled, [0.5]),
      outputText(scaled, [0.5], true),
    ]).toEqual([
      ["12.00 (0.500 standardized)", "−1.25"],
      "80.00 (−1.00 standardized)",
      "110.0 (0.500 standardized)",
      "110.0",
    ]);
  });

  it("is cut out of a value with one number a row as well", () => {
    expect([rowOf(value([3], [7, 8, 9]), 1), rowOf(value([2, 2], [1, 2, 3, 4]), 1)]).toEqual([[8], [3, 4]]);
  });
});

describe("inputs as a picture", () => {
  const pixels = Array.from({ length: 64 }, (_, i) => `row ${Math.floor(i / 8)} column ${i % 8}`);

  it("are recognised by their names and number", () => {
    expect([pixels, pixels.slice(1), ["x1", "x2"]].map(imageSide)).toEqual([8, 0, 0]);
  });

  it("run from no ink to all of it", () => {
    expect([inkLevels([-1, 0, 3]), inkLevels([2, 2])]).toEqual([
      [0, 0.25, 1],
      [0, 0],
    ]);
  });
});

it("the largest output is the first of equals", () => {
  expect([largest([0.1, 0.8, 0.1]), largest([2, 2])]).toEqual([1, 0]);
});

describe("a confusion matrix", () => {
  const counts = [
    [8, 2],
    [0, 0],
  ];

  it("has shares of the true class, also of one without samples", () => {
    expect(confusionCells(counts).map((row) => row.map((cell) => cell.share))).toEqual([
      [0.8, 0.2],
      [0, 0],
    ]);
  });

  it("names the most frequent mistake, if there is one", () => {
    const none = [
      [3, 0],
      [0, 3],
    ];
    expect([worstMistake(counts), worstMistake(none)]).toEqual([
      { truth: 0, predicted: 1, count: 2, share: 0.2 },
      null,
    ]);
  });
});

describe("the point that the pointer means", () => {
  const dot = (row: number, x: number, test = false): Dot => ({ row, x, y: 0, colour: "", test });

  it("is the nearest one close by", () => {
    const dots = [dot(0, 0), dot(1, 8)];
    expect([dotAt(dots, 5, 0, new Set())?.row, dotAt(dots, 60, 0, new Set())]).toEqual([1, null]);
  });

  it("is rather one of the batch, but not a test point of the same number", () => {
    const dots = [dot(0, 0), dot(1, 3)];
    const testing = [dot(0, 0), dot(1, 3, true)];
    expect([dotAt(dots, 1, 0, new Set([1]))?.row, dotAt(testing, 1, 0, new Set([1]))?.row]).toEqual([1, 0]);
  });
});

describe("axes", () => {
  const axes = axesOf(236, 124, [0, 10], [-1, 1]);

  it("leave room for their numbers and run upwards", () => {
    expect([across(axes, 0), across(axes, 10), up(axes, -1), up(axes, 1)]).toEqual([30, 230, 106, 6]);
  });

  it("are a little wider than the data, also where it is all the same", () => {
    expect([widened([0, 10], 0.1), widened([5, 5], 0.1)]).toEqual([
      [-1, 11],
      [4.5, 5.5],
    ]);
  });

  it("hold what is beyond them at their edge", () => {
    expect([-5, 0.5, 5].map((x) => held(x, [-1, 1]))).toEqual([-1, 0.5, 1]);
  });
});

describe("a keeper", () => {
  it("holds on to the last thing under the same key", () => {
    const keep = keeper<string>();
    expect([keep("a", null), keep("a", "first"), keep("a", null), keep("a", "second")]).toEqual([
      null,
      "first",
      "first",
      "second",
    ]);
  });

  it("lets go of it under another key", () => {
    const keep = keeper<string>();
    keep("a", "first");
    expect([keep("b", null), keep("a", null)]).toEqual([null, "first"]);
  });
});

describe("sequences with a class at each position", () => {
  /** Two samples of three positions, and of each position how sure the model is of either class. */
  const listed = value([6, 2], [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4, 0.5, 0.5, 0.9, 0.1]);

  it("are listed sample after sample, each with its positions", () => {
    const rows = [0, 1, 7].map((sample) => rowOf(listed, batchRow(6, 3, sample, 2)));
    expect(rows).toEqual([
      [0.3, 0.7],
      [0.9, 0.1],
      [0.9, 0.1],
    ]);
  });

  it("have a mean over the batch at each position", () => {
    expect([0, 2].map((position) => meanAt(listed, 3, position).map((x) => x.toFixed(2)))).toEqual([
      ["0.35", "0.65"],
      ["0.60", "0.40"],
    ]);
  });

  it("have a target at each position", () => {
    const sequences = { ...run, positions: 3 } as Run;
    const labelled = samples({ targets: value([2, 3], [0, 1, 1, 1, 0, 0]), labels: [0, 1, 1, 1, 0, 0] });
    expect(
      [0, 1].map((row) => [0, 1, 2].map((t) => targetText(sequences, labelled, row, { position: t }))),
    ).toEqual([
      ["no", "yes", "yes"],
      ["yes", "no", "no"],
    ]);
  });
});
