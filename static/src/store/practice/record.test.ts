import { expect, it } from "vitest";
import { storageOf } from "../../testing/storage";
import { loadProgress, noteProgress } from "../learn/progress";
import { merged, readRecord, recordFile, recordText, withFile } from "./record";
import type { Review } from "./review";

const review: Review = {
  skill: "slope",
  kind: "number",
  seed: 4,
  at: 5,
  rating: "good",
  tag: "",
  answers: { 1: "0.5" },
};
const carded: Review = { ...review, kind: "card", at: 8, card: "vanishing", self: true };

const kept = storageOf("localStorage");

it("a record comes back as it was saved", () => {
  expect(readRecord(recordText([review, carded]))?.log).toEqual([review, carded]);
});

it("what is no record, or no review, does not get through", () => {
  const at = (moment: unknown) => ({ ...review, at: moment });
  const log = [review, null, 5, { ...review, rating: "great" }, { skill: "x" }, at(1e300), at(-1), at("5")];
  const file = JSON.stringify({ practice: 1, log });
  expect([readRecord("{"), readRecord("[]"), readRecord('{"practice": 2}'), readRecord(file)?.log]).toEqual([
    ...[null, null, null, [review]],
  ]);
});

it("reviews come in the order of time, whatever the order of the file", () => {
  expect(readRecord(recordText([carded, review]))?.log).toEqual([review, carded]);
});

it("a record that is loaded twice counts once", () => {
  const later = { ...review, at: 9 };
  expect(merged([later], [review, later])).toEqual([review, later]);
});

it("one file takes exercises, interview cards and lessons along", () => {
  noteProgress("losses", { step: 3, ended: 9 });
  const file = recordFile([review, carded]);
  kept.clear();
  noteProgress("losses", { step: 1 });
  noteProgress("vanishing", { step: 2 });
  expect([withFile([], file), loadProgress()]).toEqual([
    [review, carded],
    { losses: { step: 3, ended: 9 }, vanishing: { step: 2 } },
  ]);
});
