import { expect, test } from "vitest";
import type { RunConfig } from "../api/types";
import { isExpression, markedLine, showable, withInputs, withTrained } from "./expression";

const CONFIG = { expression: "L = a*b", inputs: { a: 2, b: -3 }, train: ["a"] };

test("a config with a text in it is an expression's", () => {
  const common = { seed: 0, dtype: "float64", optimizer: { type: "sgd" }, edits: [] };
  const layered = { ...common, batch_size: null, shuffle: true, layers: [], loss: "mse" };
  expect([null, layered, { ...layered, ...CONFIG }].map(isExpression)).toEqual([false, false, true]);
});

test.each([
  [
    { expression: "L = a", inputs: { a: 1 } },
    { expression: "L = a", inputs: { a: 1 }, train: ["a"] },
  ],
  [{ expression: "L = a" }, { expression: "L = a", inputs: {}, train: [] }],
  [
    { ...CONFIG, train: [] },
    { ...CONFIG, train: [] },
  ],
  [
    { layers: [{ units: 4 }, { type: "dropout" }] },
    { layers: [{ type: "dense", units: 4 }, { type: "dropout" }] },
  ],
])("a config that leaves out what has a default can be shown: %j", (given, shown) => {
  expect(showable(given as unknown as RunConfig)).toEqual(shown);
});

test("with another text, names that stay keep their numbers and new ones begin at 1, trained", () => {
  expect(withInputs({ ...CONFIG, expression: "L = a*c" }, ["a", "c"])).toEqual({
    expression: "L = a*c",
    inputs: { a: 2, c: 1 },
    train: ["a", "c"],
  });
});

test("a name that was there before has the number that it had", () => {
  const { inputs } = withInputs({ ...CONFIG, expression: "L = a*c" }, ["a", "c"], { c: -0.4, a: 9 });
  expect(inputs).toEqual({ a: 2, c: -0.4 });
});

test("where nothing is trained a new name is not either", () => {
  expect(withInputs({ ...CONFIG, train: [] }, ["a", "c"]).train).toEqual([]);
});

test("training is switched input by input", () => {
  expect(withTrained(CONFIG, "b", true).train).toEqual(["a", "b"]);
  expect(withTrained(CONFIG, "a", false).train).toEqual([]);
});

test("a message marks its place in the line that it is about", () => {
  const text = "h = a\nL = h^2";
  expect(markedLine(text, "line 2, column 6: '^' is not allowed")).toEqual({ line: "L = h^2", column: 6 });
  expect(markedLine("L = b", "column 5: b has no value")).toEqual({ line: "L = b", column: 5 });
  expect(markedLine(text, "the expression is empty")).toBeNull();
});
