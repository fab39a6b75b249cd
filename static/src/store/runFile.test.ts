import { expect, it } from "vitest";
import { readRunFile } from "./runFile";

const config = { data: { name: "circle" }, layers: [{ type: "dense", units: 1 }] };
const edits = [{ iteration: 3, set: {} }];

it.each([
  ["a configuration", config, { config: { ...config, edits: [] }, iteration: 0 }],
  ["an expression", { expression: "L = a" }, { config: { expression: "L = a", edits: [] }, iteration: 0 }],
  [
    "an exported run",
    { format: "backscope run", iteration: 36, config: { ...config, edits }, parameters: {} },
    { config: { ...config, edits }, iteration: 36 },
  ],
  [
    "an iteration that is none",
    { iteration: -1, config },
    { config: { ...config, edits: [] }, iteration: 0 },
  ],
  ["layers that are none", { layers: [3] }, null],
  ["a list", [config], null],
  ["nothing", null, null],
])("reads %s", (_, document, found) => {
  expect(readRunFile(JSON.stringify(document))).toEqual(found);
});

it("takes what is no JSON for no run", () => {
  expect(readRunFile("layers: 3")).toBeNull();
});
