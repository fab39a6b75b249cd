import { expect, it } from "vitest";
import type { DatasetEntry } from "../api/types";
import { groupOf } from "./datasets";

it.each([
  ["points", { inputs: 2, positions: null, tokens: null }],
  ["points", { inputs: 1, positions: null, tokens: null }],
  ["tables", { inputs: 64, positions: null, tokens: null }],
  ["sequences", { inputs: 8, positions: null, tokens: ["0", "1"] }],
  ["sequences", { inputs: 20, positions: 20, tokens: null }],
])("data sets are together as %s: %j", (group, entry) => {
  expect(groupOf(entry as unknown as DatasetEntry)).toBe(group);
});
