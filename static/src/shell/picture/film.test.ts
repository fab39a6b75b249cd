import { expect, test } from "vitest";
import { stretch } from "./film";

test("a stretch has both its ends, and no iteration twice", () => {
  expect([stretch(0, 3, 60), stretch(0, 100, 5), stretch(7, 7, 60)]).toEqual([
    [0, 1, 2, 3],
    [0, 25, 50, 75, 100],
    [7],
  ]);
});
