import { beforeEach, expect, test, vi } from "vitest";
import { isDue, loadProgress, noteProgress, today } from "./progress";

const kept = new Map<string, string>();
beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
  });
});

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

test("a lesson is due from the day on for which it was asked", () => {
  const day = today(Date.UTC(2026, 0, 2, 23));
  expect([
    isDue({ step: 0, again: day }, day),
    isDue({ step: 0, again: day + 1 }, day),
    isDue(undefined),
  ]).toEqual([true, false, false]);
});
