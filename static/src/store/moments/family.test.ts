import { describe, expect, it } from "vitest";
import type { Edit, RunConfig } from "../../api/types";
import { Family, lanesOf, type Relative } from "./family.svelte";

const set = (iteration: number, rate: number): Edit => ({
  iteration,
  set: { "optimizer.learning_rate": rate },
});
const run = (edits: Edit[], seed = 0): RunConfig => ({ seed, edits }) as unknown as RunConfig;
const relative = (edits: Edit[], to = 100, seed = 0): Relative => ({ config: run(edits, seed), to });
const shape = (lanes: ReturnType<typeof lanesOf>) =>
  lanes.map(({ parent, from, edits }) => [parent, from, edits.length]);

describe("the tree of branches", () => {
  const [early, late, second] = [set(60, 1), set(150, 2), set(180, 3)];

  it("has each run below its parent, later forks nearer to it, whatever order they were made in", () => {
    const list = [relative([late, second]), relative([early]), relative([]), relative([late])];
    const wanted = [
      [null, 0, 0],
      [0, 150, 1],
      [1, 180, 1],
      [0, 60, 1],
    ];
    expect(shape(lanesOf(list, run([])))).toEqual(wanted);
    expect(shape(lanesOf(list.toReversed(), run([])))).toEqual(wanted);
  });

  it("leaves out runs with other settings, and begins with a branch whose parent was never seen", () => {
    const list = [relative([late, second]), relative([], 100, 7)];
    expect(shape(lanesOf(list, run([])))).toEqual([[null, 0, 2]]);
  });

  it("never crosses: what lies between a run and its parent leaves the parent later, or leaves one that does", () => {
    const list = Array.from({ length: 40 }, (_, i) => relative(i ? [set(((i * 37) % 90) + 1, i)] : []));
    const lanes = lanesOf(list, run([]));
    const froms = lanes.slice(1).map(({ from }) => from);
    expect(froms).toEqual(froms.toSorted((a, b) => b - a));
  });
});

describe("the runs of a tab", () => {
  it("are there once, as far as they were seen", () => {
    const family = new Family();
    family.visit(run([]), 5);
    family.visit(run([set(1, 1)]), 9);
    family.visit(run([]), 3);
    family.drop(run([set(1, 1)]));
    expect(family.list).toEqual([{ config: run([]), to: 5 }]);
  });
});
