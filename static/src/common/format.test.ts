import { describe, expect, test } from "vitest";
import { fitting, powerOfTen } from "./format";

describe("a number that has to fit", () => {
  test.each([
    [0.000147, 7, 3, "0.00015"],
    [-0.0003427, 9, 4, "−0.000343"],
    [-2.766e-9, 9, 4, "−2.77e−09"],
    [12.5, 9, 4, "12.50"],
    [123456, 4, 4, "123456"],
  ])("%s in %s characters", (x, characters, digits, text) => {
    expect(fitting(x, characters, digits)).toBe(text);
  });
});

test("writes powers of ten as one does", () => {
  expect([0, 1, -3, 120].map(powerOfTen)).toEqual(["1", "10¹", "10⁻³", "10¹²⁰"]);
});
