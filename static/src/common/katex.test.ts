import { expect, test } from "vitest";
import { plainSymbols } from "./katex";

test("a letter with an index is read without a typesetter", () => {
  expect(plainSymbols("\\eta")).toEqual([{ letter: "η", below: "", above: "" }]);
  expect(plainSymbols("\\beta_1, \\beta_2")).toEqual([
    { letter: "β", below: "1", above: "" },
    { letter: "β", below: "2", above: "" },
  ]);
  expect(plainSymbols("\\eta^-, w^{+}, z_{\\max}")).toEqual([
    { letter: "η", below: "", above: "−" },
    { letter: "w", below: "", above: "+" },
    { letter: "z", below: "max", above: "" },
  ]);
});

test("what is more than that is left to the typesetter", () => {
  expect(["\\frac{1}{2}", "\\hat{y}", "\\unknown", "x + y", "x^2_1"].map(plainSymbols)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});
