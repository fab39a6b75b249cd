import { expect, it } from "vitest";
import { fixed, type PracticeSet, readSet, seedOf, setFragment } from "./set";

const plain: PracticeSet = {
  ...{ skills: ["slope", "gate"], kinds: ["number"], count: 6, seed: 7, numbers: "same", friendly: false },
  ...{ preset: "", iteration: 0 },
};
const full: PracticeSet = {
  ...{
    ...plain,
    kinds: ["number", "chain"],
    numbers: "own",
    friendly: true,
    preset: "circle",
    iteration: 20,
  },
};

it("a link says all that it fixes, and no more than it must", () => {
  expect([setFragment(plain), setFragment(full)]).toEqual([
    "#set/slope,gate/6/7",
    "#set/slope,gate/6/7?kinds=number,chain&numbers=own&friendly=1&preset=circle&iteration=20",
  ]);
});

it("a link is read as it was written", () => {
  expect([plain, full].map((set) => readSet(setFragment(set)))).toEqual([plain, full]);
});

it("what is no set is none, and what is beyond a limit is at it", () => {
  expect([readSet("#slope/number/7"), readSet("#set/slope/6")]).toEqual([null, null]);
  expect(readSet("#set/slope/99/1?kinds=cooking,chain")).toMatchObject({ count: 24, kinds: ["chain"] });
});

it("a name has numbers of its own, the same ones however it is typed", () => {
  const seeds = ["Ada", " ada ", "Emmy"].map((name) => seedOf(full, name));
  expect([seeds[0] === seeds[1], seeds[0] !== seeds[2], seedOf(plain, "Ada")]).toEqual([true, true, 7]);
});

it("what is fixed is said by its titles, those of skills apart from those of presets", () => {
  const said = new Map(
    fixed(
      full,
      (name) => `<${name}>`,
      (name) => `[${name}]`,
    ),
  );
  expect([said.get("skills"), said.get("run"), said.get("numbers")]).toEqual([
    "<slope>, <gate>",
    "[circle], iteration 20",
    "own for each name",
  ]);
});
