import { describe, expect, it } from "vitest";
import type { PointCourse } from "../../api/types";
import { followedOf, numbersIn, numbersOf, textOf } from "./onePoint";

describe("a point that is followed", () => {
  it.each([
    ["loss of test row 3", { whom: { set: "test", row: 3 }, output: null }],
    ["output of training row 12", { whom: { set: "train", row: 12 }, output: 0 }],
    ["output 2 of (0.5, -1)", { whom: { inputs: [0.5, -1] }, output: 1 }],
  ] as const)("is written %j and read back", (text, followed) => {
    expect(followedOf(text)).toEqual(followed);
    expect(textOf(followed as never)).toBe(text);
  });

  it.each(["loss", "norm(dense1.weight.grad)", "loss of (0.5, -1)", "output of (a, b)", "output of row 3"])(
    "is not meant by %j",
    (text) => {
      expect(followedOf(text)).toBeNull();
    },
  );

  it("has a loss where it has a target", () => {
    expect(numbersOf({ set: "test", row: 1 }, 2)).toEqual(["output 3 of test row 1", "loss of test row 1"]);
    expect(numbersOf({ inputs: [1] })).toEqual(["output of (1)"]);
  });

  it("is seen at every iteration, of a sequence at its last position", () => {
    const outputs = { shape: [2, 2, 3], data: Float64Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) };
    const course = { iterations: [4, 6], outputs, losses: [0.5, 0.25] } as PointCourse;
    expect(numbersIn(course, 1)).toEqual([
      { iteration: 4, value: 4 },
      { iteration: 6, value: 10 },
    ]);
    expect(numbersIn(course, null).map(({ value }) => value)).toEqual([0.5, 0.25]);
    expect(numbersIn(course, 3).map(({ value }) => value)).toEqual([Number.NaN, Number.NaN]);
  });
});
