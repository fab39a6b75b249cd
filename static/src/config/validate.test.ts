import { describe, expect, it } from "vitest";
import type { Json, Parameter } from "../api/types";
import { entered, mistakeIn, takes } from "./validate";

/** As the catalog has them: the words are the server's. */
const parameter = (kind: Parameter["kind"], allowed: string, more: Partial<Parameter> = {}) =>
  ({
    name: "learning_rate",
    kind,
    minimum: null,
    maximum: null,
    exclusive_minimum: false,
    exclusive_maximum: false,
    nullable: false,
    length: null,
    allowed,
    example: "",
    ...more,
  }) as Parameter;
const rate = parameter("number", "a number at least 0", { minimum: 0 });
const units = parameter("integer", "a whole number at least 1 and at most 100", { minimum: 1, maximum: 100 });
const momentum = parameter("pair", "two numbers at least 0 and below 1", {
  minimum: 0,
  maximum: 1,
  exclusive_maximum: true,
  example: "0.9, 0.999",
});
const shape = parameter("integers", "whole numbers at least 1", { minimum: 1, example: "1, 8, 8" });

const weights = parameter("matrix", "rows of numbers", { example: "[[1, 2], [3, 4]]" });
const kernel = parameter("integers", "a whole number at least 1, or a list of 2", { minimum: 1, length: 2 });

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
    [[3, 4, 5], kernel, "Needs a whole number at least 1, or a list of 2, not [3,4,5]."],
    [0, kernel, "Needs a whole number at least 1, or a list of 2, not 0."],
    ["[1,", weights, "Needs rows of numbers, not [1,. For example [[1, 2], [3, 4]]."],
  ])("%j", (value, of, message) => {
    expect(mistakeIn(value, of)).toBe(message);
  });

  it.each<[Json, Parameter]>([
    [0, rate],
    [100, units],
    [null, parameter("integer", "a whole number", { nullable: true })],
    [[0, 0.999], momentum],
    [[[1, 2]], weights],
    [[1, 8, 8], shape],
    [3, kernel],
    [[3, 4], kernel],
    ["anything", parameter("choice", "one of a, b")],
    [true, parameter("boolean", "true or false")],
  ])("is nothing: %j", (value, of) => {
    expect(mistakeIn(value, of)).toBeNull();
  });

  it("is told in the catalog's words, with real minus signs; of a choice nothing is said", () => {
    const below = parameter("number", "a number at least -1", { minimum: -1 });
    expect([takes(momentum), takes(below), takes(parameter("choice", "one of a, b"))]).toEqual([
      "two numbers at least 0 and below 1",
      "a number at least \u22121",
      "",
    ]);
  });

  it("is what the reader says, where that knows better", () => {
    expect([entered("1e400", rate).mistake, entered("0,05", rate)]).toEqual([
      "1e400 is past the largest number, which is about 1.8e308.",
      { value: 0.05, mistake: null },
    ]);
  });
});
