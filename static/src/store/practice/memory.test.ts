import { describe, expect, it } from "vitest";
import { cards, days, daysAfter, isDue, slips, whenDue } from "./memory";
import type { Review } from "./review";

const DAY = 86_400_000;
const NOW = 20_000 * DAY + 1;
const review = (skill: string, daysAgo: number, rating: Review["rating"], tag = ""): Review => ({
  ...{ skill, kind: "number", seed: 0, at: NOW - daysAgo * DAY, rating, tag, answers: {} },
});
const nothing = () => [];
const card = (log: Review[]) => cards(log, nothing).get("slope")!;

describe("when a skill is due", () => {
  it("comes later after every success, and the more the later it was asked", () => {
    const early = card([review("slope", 10, "good"), review("slope", 9.9, "good")]);
    const late = card([review("slope", 10, "good"), review("slope", 7, "good")]);
    expect([early.stability < 3, late.stability > 6, late.reviews]).toEqual([true, true, 2]);
  });

  it("comes soon after a slip", () => {
    const slipped = card([review("slope", 30, "easy"), review("slope", 0, "again")]);
    expect([slipped.due - NOW <= 3 * DAY, isDue(slipped, slipped.due)]).toEqual([true, true]);
  });

  it("is not put off by being asked many times on one day", () => {
    const once = card([review("slope", 3, "good"), review("slope", 0, "good")]);
    const often = card([
      review("slope", 3, "good"),
      ...Array.from({ length: 9 }, () => review("slope", 0, "good")),
    ]);
    expect(often.stability).toBeCloseTo(once.stability, 6);
  });

  it("is put off by a success in what builds on it, by less than by one of its own", () => {
    const needs = (skill: string) => (skill === "slope" ? ["through"] : []);
    const log = [review("through", 5, "good")];
    const due = (more: Review[]) => cards([...log, ...more], needs).get("through")!.due;
    const [alone, credited, own] = [
      due([]),
      due([review("slope", 1, "good")]),
      due([review("through", 1, "good")]),
    ];
    expect([alone < credited, credited < own]).toEqual([true, true]);
  });

  it("is not brought nearer by a slip in what builds on it", () => {
    const needs = (skill: string) => (skill === "slope" ? ["through"] : []);
    const log = [review("through", 5, "good"), review("slope", 1, "again")];
    expect(cards(log, needs).get("through")).toEqual(cards(log.slice(0, 1), nothing).get("through"));
  });

  it("is said in days, weeks, months", () => {
    const at = (due: number) => ({ ...card([review("slope", 0, "good")]), due });
    const said = [-1, 0.5, 3, 15, 61].map((after) => whenDue(at(NOW + after * DAY), NOW));
    expect(said).toEqual(["today", "tomorrow", "3 days", "2 weeks", "2 months"]);
  });
});

it("before a judgement one sees the days that it leads to, the longer the better it was known", () => {
  const known = card([review("slope", 10, "good")]);
  const after = (["again", "hard", "good", "easy"] as const).map((rating) => daysAfter(known, rating, NOW));
  expect(after).toEqual([...after].sort((a, b) => a - b));
  expect(after[0]! >= 1 && new Set(after).size === 4).toBe(true);
});

it("slips are counted, each of those that give one number", () => {
  const log = [review("a", 1, "again", "sign"), review("a", 1, "again", "sign+mean"), review("a", 1, "good")];
  expect(slips(log)).toEqual([
    { tag: "sign", count: 2 },
    { tag: "mean", count: 1 },
  ]);
});

it("days without practice are empty, today is the last", () => {
  expect(days([review("a", 0, "good"), review("a", 2, "good")], NOW, 4)).toEqual([false, true, false, true]);
});
