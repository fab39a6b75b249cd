import { expect, it } from "vitest";
import type { Review } from "./memory";
import { merged, readRecord, recordText } from "./record";

const review: Review = {
  skill: "slope",
  kind: "number",
  seed: 4,
  at: 5,
  rating: "good",
  tag: "",
  answers: { 1: "0.5" },
};

it("a record comes back as it was saved", () => {
  expect(readRecord(recordText([review]))).toEqual([review]);
});

it("what is no record, or no review, does not get through", () => {
  const file = JSON.stringify({
    practice: 1,
    log: [review, null, 5, { ...review, rating: "great" }, { skill: "x" }],
  });
  expect([readRecord("{"), readRecord("[]"), readRecord('{"practice": 2}'), readRecord(file)]).toEqual([
    ...[null, null, null, [review]],
  ]);
});

it("a record that is loaded twice counts once", () => {
  const later = { ...review, at: 9 };
  expect(merged([later], [review, later])).toEqual([review, later]);
});
