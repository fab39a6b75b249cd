import { expect, test } from "vitest";
import type { Stage } from "../api/types";
import type { Names } from "../common/valueNames";
import { addend, factor, inkOn, powerOf, Reading } from "./reading";

const part = (role: string, value: string, index: (number | null)[], shape: number[], ...data: number[]) => ({
  role,
  value,
  index,
  needs: value ? [value] : ["dense1.z.grad"],
  numbers: { shape, data: Float64Array.from(data) },
});
const name = (subject: string) => ({ subject }) as Names[string];
const names: Names = {
  "dense1.weight": name("dense1.weight"),
  "dense1.weight.grad": name("dense1.weight"),
  "dense1.z": name("dense1.z"),
  "dense1.z.grad": name("dense1.z"),
};
const stage = {
  parts: [
    part("weight", "dense1.weight", [null, null], [2, 3], 1, 2, 3, 4, 5, 6),
    part("z", "dense1.z", [4, null], [2], 7, 8),
    part("map", "", [], [1], 9),
  ],
  sums: [],
} as unknown as Stage;
const read = (...known: string[]) => new Reading(stage, { names, isKnown: (value) => known.includes(value) });

test("what has not been computed yet at the cursor is not there", () => {
  const reading = read("dense1.z");
  expect([reading.number("z", 1), reading.numbers("map"), reading.numbers("nothing")]).toEqual([
    8,
    null,
    null,
  ]);
});

test("a cell is found in the part that it is cut from, in whatever role it is pointed at", () => {
  const reading = read();
  const at = (role: string, value: string, ...index: number[]) => reading.placeOf(role, { value, index });
  expect([
    at("weight", "dense1.weight.grad", 1, 2),
    at("z", "dense1.z", 4, 1),
    at("z", "dense1.z", 3, 1),
    at("map", "dense1.z", 4, 1),
  ]).toEqual([[1, 2], [1], null, null]);
});

test("a place of a part is the cell of its value, or of the gradient once that is there", () => {
  expect(read().cellAt("z", [1], "gradient")).toEqual({ value: "dense1.z", index: [4, 1] });
  expect(read("dense1.z.grad").cellAt("z", [1], "gradient")).toEqual({
    value: "dense1.z.grad",
    index: [4, 1],
  });
  expect(read().cellAt("map", [0])).toBeNull();
});

test("what is written on a colour is black or white, whichever is read better", () => {
  expect([inkOn([251, 250, 247]), inkOn([33, 102, 172]), inkOn([169, 198, 227])]).toEqual([
    "#000000",
    "#ffffff",
    "#000000",
  ]);
});

test("rows of small numbers are written in a power of ten", () => {
  expect([powerOf([3e-5, -2e-6]), powerOf([0.2, 4]), powerOf([0, 0])]).toEqual([-5, 0, 0]);
});

test("a number that is added has one sign", () => {
  expect([0.01964, -0.04334, 0].map((x) => addend(x))).toEqual(["+ 0.01964", "− 0.04334", "+ 0"]);
});

test("a factor is in brackets where a sign would stand beside another", () => {
  expect([factor(2.9214), factor(-0.5)]).toEqual(["2.92", "(−0.500)"]);
});
