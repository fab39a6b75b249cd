import { describe, expect, it } from "vitest";
import { painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { type LayerGiven, runOf, stepsOf } from "../testing/runs";
import { drawLooks } from "./attentionPattern";

const steps = stepsOf([["forward", "attention1", "attention1.weights", [], [5, 2, 2, 2]]]);
const layers: LayerGiven[] = [
  { type: "embedding", shape: [2, 2], parameters: { weight: [3, 2] } },
  { type: "attention", shape: [2, 2], parameters: { weight_q: [2, 2] } },
];
const LAYOUT = tidy(runOf({ features: ["a", "b"], layers }), steps);
const COLUMN = LAYOUT.columns[2]!;
const looks = [1, 0, 0.25, 0.75, 0.5, 0.5, 0.9, 0.1];
const drawn = (numbers: number[] | null, shown: Shown = {}) => {
  const picture = pictureOf(LAYOUT, { ...shown, columns: { 2: { looks: numbers } } });
  return painted((context) => drawLooks(context, picture, COLUMN, picture.scene.columns[2]!));
};

describe("where attention looks", () => {
  it("is a picture for each head: a row for each position that looks, and nothing struck out but what is masked", () => {
    expect(drawn(looks)).toEqual([
      "fill card: box 240,94 20x20",
      "image: box 240,94 20x20 [+1.00 0 | +0.25 +0.75]",
      "line hair 1: box 239.5,93.5 21x21",
      "fill card: box 240,119 20x20",
      "image: box 240,119 20x20 [+0.50 +0.50 | +0.90 +0.10]",
      "line hair 1: box 239.5,118.5 21x21",
      "line hair 1: from 251,103 to 259,95",
    ]);
  });

  it("is empty before it has been computed", () => {
    expect(drawn(null).filter((line) => line.startsWith("image"))).toEqual([
      "image at 0: box 240,94 20x20 [· · | · ·]",
      "image at 0: box 240,119 20x20 [· · | · ·]",
    ]);
  });

  it("has the cell that is meant outlined", () => {
    const look = { kind: "look", column: 2, unit: 6 } as const;
    expect([drawn(looks, { hover: look }).at(-1), drawn(looks, { pinned: look }).at(-1)]).toEqual([
      "line ink 1.5: box 239.5,128.5 11x11",
      "line ink 2.5: box 239.5,128.5 11x11",
    ]);
  });
});
