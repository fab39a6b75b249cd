import { expect, test } from "vitest";
import type { LessonStep } from "../../api/types";
import { CONFIG } from "../testing/fakeServer";
import { isInterview } from "./drill.svelte";
import { isAt, isDone, lessonAt, placeOf } from "./lessonPlayer.svelte";

const PLACE = placeOf({
  place: { config: CONFIG, iteration: 3, step: 2, selection: null, sample: null, beside: [] },
});
const seen = (change: object = {}) =>
  ({
    config: CONFIG,
    cursor: { iteration: 3, step: 2 },
    selection: null,
    sample: "mean",
    step: { phase: "loss" },
    ...change,
  }) as unknown as Parameters<typeof isDone>[1];

test("an address names a lesson, or none", () => {
  const paths = ["/learn", "/learn/", "/learn/vanishing", "/learn/vanishing/"];
  expect(paths.map(lessonAt)).toEqual(["", "", "vanishing", "vanishing"]);
});

test("the drill stands where people look for it", () => {
  const paths = ["/practice/interview", "/learn/interview", "/practice"];
  expect(paths.map(isInterview)).toEqual([true, true, false]);
});

test("whoever moves, selects, picks a sample or changes the run has wandered off", () => {
  const elsewhere = [
    { cursor: { iteration: 4, step: 2 } },
    { cursor: { iteration: 3, step: 1 } },
    { selection: { value: "loss", index: [] } },
    { sample: 0 },
    { config: { ...CONFIG, seed: 1 } },
  ];
  expect(isAt(seen(), PLACE)).toBe(true);
  expect(elsewhere.map((change) => isAt(seen(change), PLACE))).toEqual(elsewhere.map(() => false));
});

test("a task is done once all that it asks for is so", () => {
  type Until = NonNullable<LessonStep["until"]>;
  const until = (change: Partial<Until>): Until => ({
    text: "",
    iteration: null,
    phase: "",
    selected: "",
    changed: false,
    ...change,
  });
  const asked = [
    until({ iteration: 3 }),
    until({ iteration: 4 }),
    until({ phase: "loss" }),
    until({ phase: "update" }),
    until({ selected: "loss" }),
    until({ changed: true }),
    until({ iteration: 3, phase: "update" }),
  ];
  expect(asked.map((item) => isDone(item, seen(), PLACE))).toEqual([
    true,
    false,
    true,
    false,
    false,
    false,
    false,
  ]);
});
