import { describe, expect, it } from "vitest";
import { codeOf, Pasted } from "./pasted.svelte";

const CELLS = [
  { cell_type: "markdown", source: ["# words"] },
  { cell_type: "code", source: ["import torch\n", "a = 1"] },
  { cell_type: "code", source: "b = 2" },
];

describe("code that comes as a file", () => {
  it("is the cells of a notebook, or the text", () => {
    expect([codeOf(JSON.stringify({ cells: CELLS })), codeOf("x = 1"), codeOf('{"a": 1}')]).toEqual([
      "import torch\na = 1\n\nb = 2",
      "x = 1",
      '{"a": 1}',
    ]);
  });
  it("opens the dialog for the library that it is written for", () => {
    const pasted = new Pasted({} as never);
    pasted.bring("from tensorflow import keras");
    expect([pasted.open, pasted.dialect, pasted.source]).toEqual([
      true,
      "keras",
      "from tensorflow import keras",
    ]);
  });
});
