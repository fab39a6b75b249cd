import { describe, expect, it } from "vitest";
import type { Run } from "../api/types";
import { layoutNetwork } from "./networkLayout";
import { deltaText, spokenName, unitName } from "./networkNames";

const runOf = (features: string[], classes: string[], outputs: number) =>
  ({
    features,
    classes,
    task: classes.length ? "classification" : "regression",
    loss: { name: "mse" },
    layers: [
      { name: "dense1", title: "dense 1", a: "dense1.a", units: 11, activation: "tanh" },
      { name: "dense2", title: "dense 2", a: "dense2.a", units: outputs, activation: "tanh" },
    ],
  }) as unknown as Run;
const nameOf = (run: Run, column: number, unit: number) =>
  unitName(run, layoutNetwork(run, 800, 500), column, unit);

describe("names of units", () => {
  it("are the features', h with a number, and ŷ", () => {
    const run = runOf(["x1", "age"], ["no", "yes"], 1);
    expect([
      nameOf(run, 0, 0),
      nameOf(run, 0, 1),
      nameOf(run, 1, 10),
      nameOf(run, 2, 0),
      nameOf(run, 3, 0),
    ]).toEqual(["x₁", "age", "h₁₁", "ŷ", "L"]);
  });

  it("are the classes' where there is an output for each, and numbered otherwise", () => {
    expect(nameOf(runOf(["x"], ["setosa", "virginica"], 2), 2, 1)).toBe("virginica");
    expect(nameOf(runOf(["x"], [], 2), 2, 1)).toBe("ŷ₂");
  });

  it("are read aloud in words", () => {
    const run = runOf(["x1", "age"], ["no", "yes"], 2);
    const layout = layoutNetwork(run, 800, 500);
    expect([
      spokenName(run, layout, 0, 1),
      spokenName(run, layout, 1, 4),
      spokenName(run, layout, 2, 0),
    ]).toEqual(["input age", "dense 1 unit 5", "dense 2 unit 1, no"]);
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
