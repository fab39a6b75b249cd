import { expect, it, vi } from "vitest";
import type { FieldVerdict } from "../../api/types";
import { storageOf } from "../../testing/storage";
import type { Drawn } from "./drawing";
import { keepTried, ratingOf, sessionIn, slipIn, type Tried, triedAt } from "./tried";

const ONE: Drawn = { skill: "slope", kind: "number", seed: 4 };
const OTHER: Drawn = { ...ONE, seed: 5 };
const SLIP = { verdict: "slip", tag: "slope_left_out" } as FieldVerdict;
const RIGHT = { verdict: "right", tag: "" } as FieldVerdict;

const tried = (verdict: FieldVerdict | null): Tried => ({
  ...{ answers: { 1: "0,5" }, graded: null, hints: [], solution: [], typed: {}, since: 7 },
  first: verdict && { score: 0, fields: { 1: verdict } },
});

storageOf("sessionStorage");

it("what was tried at a question comes back for that question, until it is done with", () => {
  keepTried(ONE, tried(SLIP));
  expect([triedAt(ONE, 9), triedAt(OTHER, 9).answers]).toEqual([tried(SLIP), {}]);
  keepTried(ONE, null);
  expect(triedAt(ONE, 9)).toEqual({ ...tried(null), answers: {}, since: 9 });
});

it("a browser that keeps nothing, or something damaged, begins a question anew", () => {
  vi.stubGlobal("sessionStorage", { getItem: () => "{" });
  keepTried(ONE, tried(SLIP));
  expect(triedAt(ONE, 9).answers).toEqual({});
});

it("an entry of the browser's history that holds no session is none", () => {
  const session = { queue: [ONE, OTHER], at: 1 };
  const found = [session, { ...session, at: 2 }, { queue: ONE, at: 0 }, { n: 3 }, null].map(sessionIn);
  expect(found).toEqual([session, null, null, null, null]);
});

it("what was first wrong, or shown, was not known; a hint makes it hard, a quick answer easy", () => {
  const hint = { field: "1", text: "", latex: "" };
  const line = { text: "" } as Tried["solution"][number];
  const all = [tried(SLIP), tried(null), { ...tried(RIGHT), solution: [line] }];
  const more = [{ ...tried(RIGHT), hints: [hint as Tried["hints"][number]] }, tried(RIGHT)];
  expect([...all, ...more].map((one) => ratingOf(one, 25_000))).toEqual([
    ...["again", "again", "again"],
    ...["hard", "good"],
  ]);
  expect(ratingOf(tried(RIGHT), 24_999)).toBe("easy");
});

it("the slip that was made first is named", () => {
  expect([SLIP, RIGHT, null].map((verdict) => slipIn(tried(verdict)))).toEqual(["slope_left_out", "", ""]);
});
