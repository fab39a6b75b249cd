import { expect, test } from "vitest";
import { storageOf } from "../../testing/storage";
import { isDue, loadProgress, mergedProgress, noteProgress, today } from "./progress";

const kept = storageOf("localStorage");

test("what was noted of a lesson is kept beside the others", () => {
  noteProgress("losses", { step: 2 });
  noteProgress("vanishing", { step: 1 });
  noteProgress("losses", { ended: 5 });
  expect(loadProgress()).toEqual({ losses: { step: 2, ended: 5 }, vanishing: { step: 1 } });
});

test("what somebody else wrote counts as far as it can be read", () => {
  kept.set("backscope.lessons", '{"losses": {"step": 1}, "other": 7}');
  expect(loadProgress()).toEqual({ losses: { step: 1 } });
  kept.set("backscope.lessons", "{");
  expect(loadProgress()).toEqual({});
});

test("a lesson is due from the day on for which it was asked, until its skills were practised", () => {
  const day = today(Date.UTC(2026, 0, 2, 23));
  const since = [{ skill: "loss", at: Date.UTC(2026, 0, 2, 8) }];
  expect([
    isDue({ step: 0, again: day }, ["loss"], [], day),
    isDue({ step: 0, again: day + 1 }, ["loss"], [], day),
    isDue(undefined, ["loss"], []),
    isDue({ step: 0, again: day }, ["loss"], since, day),
    isDue({ step: 0, again: day }, ["loss", "slope"], since, day),
  ]).toEqual([true, false, false, false, true]);
});

test("of a lesson that was read in two places the one counts that was read further", () => {
  const here = { losses: { step: 2 }, vanishing: { step: 5, ended: 3 } };
  const there = { losses: { step: 4 }, vanishing: { step: 1 }, own: { step: 0 } };
  expect(mergedProgress(here, there)).toEqual({
    ...{ losses: { step: 4 }, vanishing: { step: 5, ended: 3 }, own: { step: 0 } },
  });
});
