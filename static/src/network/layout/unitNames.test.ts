import { describe, expect, it } from "vitest";
import type { Run } from "../../api/types";
import { denseLayers, runOf } from "../testing/runs";
import { layoutNetwork } from "./layoutNetwork";
import { deltaText, spokenName, unitName } from "./unitNames";

const runWith = (features: string[], classes: string[], outputs: number): Run =>
  runOf({ features, classes, layers: denseLayers(features.length, [11, outputs]) });
const nameOf = (run: Run, column: number, unit: number) =>
  unitName(run, layoutNetwork(run, [], 800, 500).columns[column]!, unit);

describe("names of units", () => {
  it("are the features', h with a number, and ŷ", () => {
    const run = runWith(["x1", "age"], ["no", "yes"], 1);
    expect([
      nameOf(run, 0, 0),
      nameOf(run, 0, 1),
      nameOf(run, 1, 10),
      nameOf(run, 2, 0),
      nameOf(run, 3, 0),
    ]).toEqual(["x₁", "age", "h₁₁", "ŷ", "L"]);
  });

  it("are the classes' where there is an output for each, and numbered otherwise", () => {
    expect(nameOf(runWith(["x"], ["setosa", "virginica"], 2), 2, 1)).toBe("virginica");
    expect(nameOf(runWith(["x"], [], 2), 2, 1)).toBe("ŷ₂");
  });

  it("are read aloud in words", () => {
    const run = runWith(["x1", "age"], ["no", "yes"], 2);
    const { columns } = layoutNetwork(run, [], 800, 500);
    expect([
      spokenName(run, columns[0]!, 1),
      spokenName(run, columns[1]!, 4),
      spokenName(run, columns[2]!, 0),
    ]).toEqual(["input age", "dense 1 unit 5", "dense 2 unit 1, no"]);
  });
});

describe("names of cells", () => {
  const run = runOf({
    features: Array.from({ length: 32 }, (_, i) => `p${i}`),
    layers: [
      { type: "reshape", shape: [2, 4, 4] },
      { type: "reshape", shape: [8, 4] },
    ],
  });
  const { columns } = layoutNetwork(run, [], 800, 500);

  it("say where in an image or a sequence they are", () => {
    expect([spokenName(run, columns[1]!, 16 + 2 * 4 + 3), spokenName(run, columns[2]!, 4 * 4 + 1)]).toEqual([
      "reshape 1 channel 2, row 3, column 4",
      "reshape 2 position 5, unit 2",
    ]);
  });
});

describe("a gradient beside a unit", () => {
  it("has three decimals, a power of ten where they would all be nought, and no sign for nothing", () => {
    expect([0.0042, -0.3, 3e-6, -0.00049, 0, Number.NaN].map(deltaText)).toEqual([
      "+0.004",
      "−0.300",
      "+3e−06",
      "−5e−04",
      "0",
      "NaN",
    ]);
  });
});
