import { beforeEach, expect, test, vi } from "vitest";
import { intervalOf, loadRecord, noteRating, queueOf } from "./interviewRecord";

const kept = new Map<string, string>();
beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
  });
});

test("what is known well rests longer each time, and what is not is asked tomorrow", () => {
  const rested = { interval: 10, due: 0, rating: 3 } as const;
  expect(
    ([1, 2, 3, 4] as const).map((rating) => [intervalOf(undefined, rating), intervalOf(rested, rating)]),
  ).toEqual([
    [1, 1],
    [2, 13],
    [4, 25],
    [8, 40],
  ]);
});

test("a rating is kept with the day on which the card is asked again", () => {
  noteRating("a", 3, 100);
  noteRating("a", 3, 104);
  noteRating("b", 1, 104);
  expect(loadRecord()).toEqual({
    a: { interval: 10, due: 114, rating: 3 },
    b: { interval: 1, due: 105, rating: 1 },
  });
});

test("what is due is asked first, then what is new, then the rest", () => {
  const record = {
    due: { interval: 1, due: 5, rating: 1 },
    later: { interval: 9, due: 14, rating: 3 },
  } as const;
  expect(queueOf(["later", "new", "due"], record, 5, () => 0.5)).toEqual(["due", "new", "later"]);
});
