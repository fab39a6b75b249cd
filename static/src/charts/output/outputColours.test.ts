import { describe, expect, it } from "vitest";
import type { Palette } from "../../common/colour";
import { inkPixels } from "../../common/colour";
import { frameField, type Reading } from "./output";
import { classColour, mapPixels, signedColour, toneGradient } from "./outputColours";

const colours = {
  paper: "#ffffff",
  card: "#ffffff",
  ink: "#000000",
  hair: "#cccccc",
  positive: "blue",
  negative: "red",
} as Palette;
const field = (data: number[]) => {
  const side = Math.sqrt(data.length);
  return frameField({ shape: [1, side, side], data: Float64Array.from(data) });
};
const plain: Reading = { kind: "one", unit: 0, centre: 0, scale: 1, logits: false };
const pixel = (pixels: Uint8ClampedArray, at: number) => [...pixels.subarray(4 * at, 4 * at + 4)];

describe("the map of the outputs", () => {
  it("has the grid's first row at the bottom", () => {
    const pixels = mapPixels(field([1, 1, -1, -1]), plain, false, colours);
    const [top, bottom] = [pixel(pixels, 0), pixel(pixels, 2)];
    expect([top[0]! > top[2]!, bottom[2]! > bottom[0]!]).toEqual([true, true]);
  });

  it("is grey where the output is no number", () => {
    expect(pixel(mapPixels(field([Number.NaN]), plain, false, colours), 0)).toEqual([204, 204, 204, 255]);
  });

  it("fades to paper where no class leads", () => {
    const many = (outputs: number[]) => frameField({ shape: [3, 1, 1], data: Float64Array.from(outputs) });
    const reading: Reading = { kind: "classes", logits: false };
    const [sure, torn] = [
      [1, 0, 0],
      [0.34, 0.33, 0.33],
    ].map((outputs) => pixel(mapPixels(many(outputs), reading, false, colours), 0)[0]!);
    expect(sure! < torn!).toBe(true);
  });
});

describe("colours of classes", () => {
  it("are those of the signs for two", () => {
    expect([0, 1].map((label) => classColour(label, 2, colours))).toEqual(["red", "blue"]);
  });

  it("differ for ten", () => {
    const ten = Array.from({ length: 10 }, (_, label) => classColour(label, 10, colours));
    expect(new Set(ten).size).toBe(10);
  });
});

it("a picture is drawn in ink on paper", () => {
  expect([...inkPixels([0, 0.5, 1], colours)]).toEqual([
    255, 255, 255, 255, 128, 128, 128, 255, 0, 0, 0, 255,
  ]);
});

it("points carry the full colour of their number, the scale the softer one of the map", () => {
  expect([signedColour(1, false), toneGradient(false).includes(signedColour(1, false))]).toEqual([
    "rgb(33 102 172)",
    false,
  ]);
});
