import { describe, expect, it } from "vitest";
import type { Edit, RunConfig } from "../../api/types";
import { storageOf } from "../../testing/storage";
import { MOST_SHARED } from "./branch";
import { Family, lanesOf } from "./family.svelte";

const set = (iteration: number, rate: number): Edit => ({
  iteration,
  set: { "optimizer.learning_rate": rate },
});
const run = (edits: Edit[], seed = 0): RunConfig => ({ seed, edits }) as unknown as RunConfig;
const shape = (lanes: ReturnType<typeof lanesOf>) =>
  lanes.map(({ parent, from, edits }) => [parent, from, edits.length]);

describe("the tree of branches", () => {
  const [early, late, second] = [set(60, 1), set(150, 2), set(180, 3)];

  it("has each run below its parent, later forks nearer to it, whatever order they were made in", () => {
    const list = [run([late, second]), run([early]), run([]), run([late])];
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
    const list = [run([late, second]), run([], 7)];
    expect(shape(lanesOf(list, run([])))).toEqual([[null, 0, 2]]);
  });

  it("never crosses: what lies between a run and its parent leaves the parent later, or leaves one that does", () => {
    const list = Array.from({ length: 40 }, (_, i) => run(i ? [set(((i * 37) % 90) + 1, i)] : []));
    const lanes = lanesOf(list, run([]));
    const froms = lanes.slice(1).map(({ from }) => from);
    expect(froms).toEqual(froms.toSorted((a, b) => b - a));
  });

  it("takes the first of several parents, and one that lacks more edits where none lacks one", () => {
    const [a, b, c, d] = [set(10, 1), set(20, 2), set(30, 3), set(40, 4)];
    const list = [run([]), run([a, b]), run([b, c]), run([c, b, a]), run([d, a, b, c]), run([d, a])];
    expect(shape(lanesOf(list, run([])))).toEqual([
      [null, 0, 0],
      [0, 20, 2],
      [0, 10, 2],
      [0, 10, 2],
      [3, 30, 1],
      [4, 40, 1],
    ]);
  });

  it("is there at once for thousands, in a star and in a chain", () => {
    const star = Array.from({ length: 2000 }, (_, i) => run(i ? [set((i % 500) + 1, i)] : []));
    const chain = Array.from({ length: 300 }, (_, i) => run(Array.from({ length: i }, (_, k) => set(k, k))));
    const deepest = lanesOf(chain, run([])).at(-1)!;
    const found = [lanesOf(star, run([])).length, deepest.parent, deepest.from];
    expect(found).toEqual([2000, 298, 298]);
  });
});

describe("the runs of a tab", () => {
  const branch = run([set(1, 1)]);
  storageOf("sessionStorage");

  it("are there once, as far as they were seen", () => {
    const family = new Family();
    family.visit(run([]), 5);
    family.visit(branch, 9);
    family.visit(run([]), 3);
    family.drop(run([set(1, 1)]));
    expect(family.list).toEqual([{ config: run([]), to: 5 }]);
  });

  it("say how far the others of a tree were seen, and not those of another tree", () => {
    const family = new Family();
    family.visit(run([]), 900);
    family.visit(branch, 40);
    family.visit(run([], 7), 2000);
    expect([run([]), branch, run([], 8)].map((config) => family.furthest(config))).toEqual([40, 900, 0]);
  });

  it("keep their name and colour when they are seen again, and after a reload", () => {
    const family = new Family();
    family.mark(branch, { name: " momentum ", colour: "teal" }, 4);
    family.visit(run([set(1, 1)]), 30);
    const again = new Family();
    again.mark(branch, { colour: null });
    expect([family.list, again.list]).toEqual([
      [{ config: branch, to: 30, name: "momentum", colour: "teal" }],
      [{ config: branch, to: 30, name: "momentum" }],
    ]);
  });

  it("come back by undo with what was written about them, and not by an old link", () => {
    const family = new Family();
    family.visit(branch, 9);
    family.mark(branch, { name: "too late" });
    const shared = family.shared(run([]));
    family.drop(branch);
    family.adopt(run([]), shared);
    const without = family.list;
    family.putBack();
    expect([without, family.nameOf(branch), family.taken]).toEqual([[], "too late", null]);
  });

  it("go along in a link, the marked ones first; what is named here keeps its name", () => {
    const [family, other] = [new Family(), new Family()];
    for (let i = 1; i < 40; i++) family.visit(run([set(i, i)]), i);
    family.mark(run([set(3, 3)]), { name: "third" });
    const shared = family.shared(run([]));
    other.list = [];
    other.mark(run([set(39, 39)]), { name: "mine" });
    other.adopt(run([]), [{ ...shared[1]!, name: "theirs" }, shared[0]!]);
    expect([
      shared.length,
      shared[0],
      other.nameOf(run([set(39, 39)])),
      other.nameOf(run([set(3, 3)])),
    ]).toEqual([MOST_SHARED, { edits: [set(3, 3)], to: 3, name: "third" }, "mine", "third"]);
  });
});
