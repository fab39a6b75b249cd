import { expect, it } from "vitest";
import type { RunConfig } from "../../api/types";
import type { Lane } from "../../store/moments/family.svelte";
import { inSight, passing, ROW } from "./lanePaths";

const lane = (parent: number | null, from: number): Lane => ({
  config: {} as RunConfig,
  parent,
  from,
  edits: [],
});

it("draws the lanes in sight and a few beside them, of a thousand", () => {
  expect([inSight(0, 8 * ROW, 1000), inSight(500 * ROW, 8 * ROW, 1000), inSight(0, 8 * ROW, 3)]).toEqual([
    { first: 0, last: 12 },
    { first: 496, last: 512 },
    { first: 0, last: 3 },
  ]);
});

it("draws one line where many ways lead down to lanes out of sight", () => {
  const lanes = [lane(null, 0), lane(0, 90), lane(1, 95), lane(0, 50), lane(0, 50), lane(4, 60)];
  expect(passing(lanes, 2, (t) => t)).toEqual([
    [95, 1.5 * ROW],
    [50, 0.5 * ROW],
  ]);
});
