import { expect, it } from "vitest";
import { fitBlocks } from "./fitLabels";

const layer = (short: string) => ({
  label: short,
  short,
  letter: short.replace(/ \d+$/, ""),
  number: short.replace(/.* /, ""),
});
const texts = (names: string[], width: number) =>
  fitBlocks(names.map(layer), -1, width).map(({ text }) => text);

it("shortens layers of several kinds to how they begin, and those of one kind to their number", () => {
  expect(texts(["conv2d 1", "max pool 1", "conv2d 2", "dense 1"], 72)).toEqual(["c1", "m1", "c2", "d1"]);
  expect(texts(["dense 1", "dense 2", "dense 3", "dense 4"], 80)).toEqual(["1", "2", "3", "4"]);
});
