import { describe, expect, it } from "vitest";
import { OwnData } from "./ownData.svelte";
import { recalled, ruleTitle } from "./recalled";

const POINTS = {
  title: "drawn points",
  inputs: [
    [1, 2],
    [-3, 0.5],
  ],
  targets: [1, 0],
  feature_names: ["x1", "x2"],
  class_names: ["A", "C"],
  target_name: "class",
  test_fraction: 0.3,
  standardize: true,
};
const RULE = {
  ...POINTS,
  title: "y > sin(x)",
  feature_names: ["x", "y"],
  class_names: ["false", "true"],
  target_name: "rule",
};
const LEAVES = {
  title: "leaves.csv",
  inputs: [
    [8.1, 1],
    [5.2, 0],
  ],
  targets: [[0.5], [-1]],
  feature_names: ["length", 'site = "sun", late'],
  class_names: [],
  target_name: "weight",
  test_fraction: 0,
  standardize: false,
};

describe("what a run's own data came from", () => {
  it("is points where they were drawn", () => {
    const found = recalled(POINTS);
    expect([found?.source, found?.points, found?.text]).toEqual([
      "points",
      [
        { x: 1, y: 2, label: 2 },
        { x: -3, y: 0.5, label: 0 },
      ],
      "x1,x2,class\n1,2,C\n-3,0.5,A",
    ]);
  });
  it("is a rule where it was drawn by one, from where its points begin to where they end", () => {
    const found = recalled(RULE);
    expect([found?.source, found?.rule]).toEqual([
      "rule",
      { rule: "y > sin(x)", rows: 2, low: -3, high: 2, noise: 0 },
    ]);
  });
  it("is a rule with the noise that it was drawn with, which its title says", () => {
    const title = ruleTitle({ rule: "y > sin(x)", rows: 2, low: -3, high: 2, noise: 0.3 });
    const found = recalled({ ...RULE, title });
    expect([title, found?.rule?.rule, found?.rule?.noise]).toEqual([
      "y > sin(x), noise 0.3",
      "y > sin(x)",
      0.3,
    ]);
  });
  it("is else a table, whose columns all go in as they do there", () => {
    const found = recalled(LEAVES);
    expect([found?.source, found?.text, found?.asked]).toEqual([
      "table",
      'length,"site = ""sun"", late",weight\n8.1,1,0.5\n5.2,0,-1',
      {
        test_percent: 0,
        scaling: "none",
        target: "weight",
        column: ["length", 'site = "sun", late'],
        number: ["length", 'site = "sun", late', "weight"],
        category: [],
        separator: "comma",
        decimal: "point",
        header: true,
        image: "",
      },
    ]);
  });
  it("has its targets in their own unit, where they were scaled", () => {
    const [mean, deviation] = [1234.5, 7.3];
    const targets = [1230, 1238.25].map((weight) => [(weight - mean) / deviation]);
    const found = recalled({ ...LEAVES, targets, standardize: true, target_scale: [mean, deviation] });
    expect([found?.text.split("\n").map((line) => line.split(",").at(-1)), found?.asked.scaling]).toEqual([
      ["weight", "1230", "1238.25"],
      "standardize",
    ]);
  });
  it("is nothing for data that is made, and for several targets a row", () => {
    expect([
      recalled({ dataset: "moons" }),
      recalled(undefined),
      recalled({ ...LEAVES, targets: [[1, 2]] }),
    ]).toEqual([null, null, null]);
  });
  it("comes into the dialog unless there is something in it", () => {
    const [own, busy] = [new OwnData({} as never), new OwnData({} as never)];
    own.comeBack(POINTS);
    busy.take("t.csv", "a,b");
    busy.comeBack(POINTS);
    expect([own.open, own.source, own.points.length, busy.open, busy.text]).toEqual([
      true,
      "points",
      2,
      true,
      "a,b",
    ]);
  });
  it("is drawn by its rule only when that is changed", () => {
    const own = new OwnData({} as never);
    own.comeBack(RULE);
    expect([own.toDraw(own.rule), own.toDraw({ ...own.rule, rows: 3 })]).toEqual([false, true]);
  });
});
