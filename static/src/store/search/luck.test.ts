import { expect, it } from "vitest";
import { ordinal, placeAt } from "./luck";

it("says places as they are said", () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 32, 111].map(ordinal)).toEqual([
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "12th",
    "13th",
    "21st",
    "22nd",
    "32nd",
    "111th",
  ]);
});

it("counts how many courses are lower at a point, and puts what is no number last", () => {
  const courses = [
    [3, 1],
    [2, Number.NaN],
    [1, 2],
  ];
  const places = courses.map((course) => [0, 1].map((at) => placeAt(courses, course, at)));
  expect(places).toEqual([
    [3, 1],
    [2, 3],
    [1, 2],
  ]);
});
