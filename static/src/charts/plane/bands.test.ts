import { expect, test } from "vitest";
import { bandsOf } from "./bands";

test("bands rise from the least loss, the first row of losses at the bottom, what is not finite at the top", () => {
  const bands = bandsOf([0, 0, 0, 100, 100, 100, Number.POSITIVE_INFINITY, 100, 100], 3, 3, 2, 4, 10);
  const rows = Array.from({ length: 4 }, (_, y) => [...bands.subarray(2 * y, 2 * y + 2)]);
  expect(rows[3]!.every((band) => band < rows[2]![0]!)).toBe(true);
  expect([rows[0], rows[1]]).toEqual([
    [10, 10],
    [10, 10],
  ]);
});
