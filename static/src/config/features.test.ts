import { describe, expect, it } from "vitest";
import { asGiven, degreeOf, featureChoices, featuresOf, featureTitle, polynomial, toggled } from "./features";

describe("features of two inputs", () => {
  it("are the inputs as they are where nothing is said", () => {
    expect([featuresOf([], 2), featuresOf(undefined, 2), asGiven(["x1", "x2"], 2)]).toEqual([
      ["x1", "x2"],
      ["x1", "x2"],
      [],
    ]);
  });

  it("are switched on in the order in which they are offered, and off again", () => {
    const more = toggled(toggled(["x1", "x2"], "sin(x1)"), "x1^2");
    expect([more, toggled(more, "x1")]).toEqual([
      ["x1", "x2", "x1^2", "sin(x1)"],
      ["x2", "x1^2", "sin(x1)"],
    ]);
  });

  it("keep those that are not offered behind the others", () => {
    expect(toggled(["x1", "cos(x2)"], "x1*x2")).toEqual(["x1", "x1*x2", "cos(x2)"]);
  });

  it("are offered for two inputs only", () => {
    expect([1, 2, 4].map((inputs) => featureChoices(inputs).length)).toEqual([0, 7, 0]);
  });

  it("are written as one writes them", () => {
    expect(["x1", "x2^12", "x1*x2", "sin(x1)", "x1^2*cos(x2)"].map(featureTitle)).toEqual([
      "x₁",
      "x₂¹²",
      "x₁ x₂",
      "sin x₁",
      "x₁² cos x₂",
    ]);
  });
});

describe("a polynomial of one input", () => {
  it("has the powers up to its degree", () => {
    expect([polynomial(3), asGiven(polynomial(1), 1)]).toEqual([["x1", "x1^2", "x1^3"], []]);
  });

  it("is recognized by its degree, other features have none", () => {
    expect([["x1"], ["x1", "x1^2"], ["x1^2"], ["x1", "sin(x1)"]].map(degreeOf)).toEqual([1, 2, null, null]);
  });
});
