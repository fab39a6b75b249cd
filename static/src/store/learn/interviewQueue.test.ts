import { expect, test } from "vitest";
import { cards } from "../practice/memory";
import type { Review } from "../practice/review";
import { queueOf, timesSeen } from "./interviewQueue";

const DAY = 86_400_000;
const NOW = 20_000 * DAY;
const review = (skill: string, daysAgo: number, card?: string): Review => ({
  ...{
    skill,
    kind: card ? "card" : "number",
    seed: 0,
    at: NOW - daysAgo * DAY,
    rating: "good",
    tag: "",
    answers: {},
  },
  ...(card ? { card } : {}),
});
const none = () => [];

test("cards of due skills come first, then new ones, and those seen least before the others", () => {
  const log = [review("slope", 90, "old"), review("update", 0, "fresh"), review("slope", 90, "old")];
  const entries = [
    { name: "fresh", skill: "update" },
    { name: "new", skill: "loss" },
    { name: "old", skill: "slope" },
    { name: "unseen", skill: "slope" },
  ];
  expect(queueOf(entries, cards(log, none), log, NOW, () => 0)).toEqual(["unseen", "old", "new", "fresh"]);
});

test("an exercise that was right puts off the cards of its skill", () => {
  const entries = [
    { name: "a", skill: "slope" },
    { name: "b", skill: "loss" },
  ];
  const log = [review("slope", 0)];
  expect(queueOf(entries, cards(log, none), log, NOW, () => 0)).toEqual(["b", "a"]);
});

test("how often a card was seen is counted over the log", () => {
  expect(timesSeen([review("slope", 2, "a"), review("slope", 1), review("slope", 0, "a")])).toEqual(
    new Map([["a", 2]]),
  );
});
