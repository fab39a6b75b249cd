import { describe, expect, it } from "vitest";
import { cards, days, dueAt, isDue, type Review, slips, whenDue } from "./memory";

const DAY = 86_400_000;
const NOW = 20_000 * DAY + 1;
const review = (skill: string, daysAgo: number, rating: Review["rating"], tag = ""): Review => ({
  ...{ skill, kind: "number", seed: 0, at: NOW - daysAgo * DAY, rating, tag, answers: {} },
});
const nothing = () => [];

describe("when a skill is due", () => {
  it("comes later after every success, and the more the later it was asked", () => {
    const early = cards([review("slope", 10, "good"), review("slope", 9.9, "good")], nothing).get("slope")!;
    const late = cards([review("slope", 10, "good"), review("slope", 7.5, "good")], nothing).get("slope")!;
    expect([early.stability < 3, late.stability > 6, late.reviews]).toEqual([true, true, 2]);
  });

  it("comes soon after a slip", () => {
    const card = cards([review("slope", 30, "easy"), review("slope", 0, "again")], nothing).get("slope")!;
    expect([whenDue(card, NOW), isDue(card, dueAt(card))]).toEqual(["2 days", true]);
  });

  it("is put off by a success in what builds on it", () => {
    const needs = (skill: string) => (skill === "slope" ? ["through"] : []);
    const log = [review("through", 5, "good"), review("slope", 1, "good")];
    const [alone, credited] = [cards(log.slice(0, 1), needs), cards(log, needs)].map((c) =>
      dueAt(c.get("through")!),
    );
    expect(credited! > alone!).toBe(true);
  });
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
