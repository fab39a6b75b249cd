import { describe, expect, it } from "vitest";
import type { Json, Parameter } from "../api/types";
import { mistakeIn, rangeOf } from "./validate";

const parameter = (kind: Parameter["kind"], more: Partial<Parameter> = {}) =>
  ({
    name: "learning_rate",
    kind,
    minimum: null,
    maximum: null,
    exclusive_minimum: false,
    exclusive_maximum: false,
    nullable: false,
    ...more,
  }) as Parameter;
const rate = parameter("number", { minimum: 0 });
const units = parameter("integer", { minimum: 1, maximum: 100 });
const momentum = parameter("pair", { minimum: 0, maximum: 1, exclusive_maximum: true });
const shape = parameter("integers", { minimum: 1 });

describe("what is wrong with a value", () => {
  it.each<[Json, Parameter, string]>([
    ["", rate, "Needs a number at least 0."],
    ["fast", rate, "Needs a number at least 0, not fast."],
    [-3, rate, "Needs a number at least 0, not \u22123."],
    [2.5, units, "Needs a whole number at least 1 and at most 100, not 2.5."],
    [101, units, "Needs a whole number at least 1 and at most 100, not 101."],
    [null, units, "Needs a whole number at least 1 and at most 100, not null."],
    [[0.9], momentum, "Needs two numbers at least 0 and below 1, not [0.9]. For example 0.9, 0.999."],
    [[0.9, 1], momentum, "Needs two numbers at least 0 and below 1, not [0.9,1]. For example 0.9, 0.999."],
    [[1, 8.5], shape, "Needs whole numbers at least 1, not [1,8.5]. For example 1, 8, 8."],
    [[], shape, "Needs whole numbers at least 1, not []. For example 1, 8, 8."],
    ["[1,", parameter("matrix"), "Needs rows of numbers, not [1,. For example [[1, 2], [3, 4]]."],
  ])("%j", (value, of, message) => {
    expect(mistakeIn(value, of)).toBe(message);
  });

  it.each<[Json, Parameter]>([
    [0, rate],
    [100, units],
    [null, parameter("integer", { nullable: true })],
    [[0, 0.999], momentum],
    [[[1, 2]], parameter("matrix")],
    [[1, 8, 8], shape],
    ["anything", parameter("choice")],
    [true, parameter("boolean")],
  ])("is nothing: %j", (value, of) => {
    expect(mistakeIn(value, of)).toBeNull();
  });

  it("is told with the range in words", () => {
    expect([rangeOf(rate), rangeOf(momentum), rangeOf(parameter("number"))]).toEqual([
      "at least 0",
      "at least 0 and below 1",
      "",
    ]);
  });
});
