import { describe, expect, it } from "vitest";
import type { Block } from "../api/types";
import { alone, layered, words } from "../transport/blockGroups";
import { fitBlocks } from "../transport/fitLabels";
import { count, degrees, format, percent, scientific, shapeText, signed } from "./format";

describe("numbers in words", () => {
  it.each([
    [0.0275, "0.02750"],
    [-0.3263, "−0.3263"],
    [0, "0"],
    [1234.5678, "1235"],
    [123456.7, "123457"],
    [-1.2e-9, "−1.200e−09"],
    [4.5e120, "4.500e+120"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "−∞"],
    [Number.POSITIVE_INFINITY, "∞"],
  ])("%d reads %s", (x, text) => {
    expect(format(x)).toBe(text);
  });

  it("always shows a sign beside units", () => {
    expect([
      signed(0.2781),
      signed(-1.4339),
      signed(0),
      signed(12345),
      signed(Number.POSITIVE_INFINITY),
    ]).toEqual(["+0.278", "−1.434", "+0.000", "+1.23e+04", "+∞"]);
  });

  it("writes norms, counts, shares and shapes", () => {
    expect([
      scientific(0.1223),
      scientific(0),
      count(1234567),
      percent(0.1234),
      shapeText([10, 3]),
      shapeText([3]),
      shapeText([]),
    ]).toEqual(["1.22e−01", "0", "1\u202f234\u202f567", "12.3 %", "(10, 3)", "(3,)", "()"]);
  });
});

describe("angles", () => {
  it.each([
    [0, "0°"],
    [6e-9, "<0.1°"],
    [81.04, "81.0°"],
    [180, "180.0°"],
    [Number.NaN, "NaN"],
  ])("%d reads %s", (x, text) => {
    expect(degrees(x)).toBe(text);
  });
});

describe("blocks in a row", () => {
  const many = Array.from({ length: 20 }, (_, i) => ({ label: `dense ${i}`, short: String(i) }));
  const sum = (fitted: { width: number }[]) => Math.round(fitted.reduce((all, { width }) => all + width, 0));
  const texts = (fitted: { text: string }[]) => fitted.map(({ text }) => text);

  it.each([120, 300])("fill a row of %d pixels, all labelled, where there is room", (width) => {
    const fitted = fitBlocks(
      [
        { label: "batch", short: "x" },
        { label: "dense 1", short: "1" },
      ],
      0,
      width,
    );
    expect([sum(fitted), texts(fitted)]).toEqual([width, ["batch", "dense 1"]]);
  });

  it("keep the current label and shorten all others where there is not", () => {
    const fitted = fitBlocks(many, 7, 400);
    expect([sum(fitted), texts(fitted)]).toEqual([400, many.map((b, i) => (i === 7 ? b.label : b.short))]);
  });

  it("keep the current label alone where nothing else fits", () => {
    const fitted = fitBlocks(many, 7, 200);
    expect([sum(fitted), texts(fitted).filter(Boolean)]).toEqual([200, ["dense 7"]]);
  });

  it("are never of negative width", () => {
    expect(fitBlocks(many, 3, 0).every(({ width }) => width >= 0)).toBe(true);
  });
});

describe("blocks of a program", () => {
  const block = (index: number, phase: string, layer: string, label: string, first: number, last = first) =>
    ({ index, phase, layer, label, first, last }) as Block;
  const program = [
    block(0, "batch", "batch", "batch", 0, 2),
    block(1, "forward", "dense1", "dense 1", 3),
    block(2, "forward", "dense1", "tanh", 4),
    block(3, "loss", "loss", "mse", 5),
    block(4, "backward", "loss", "mse", 6, 7),
    block(5, "backward", "dense1", "tanh", 8),
    block(6, "backward", "dense1", "dense 1", 9, 11),
    block(7, "update", "optimizer", "step size", 12),
    block(8, "update", "dense1", "W\u00b9 b\u00b9", 13, 16),
  ];

  it("are one for each layer and phase where there are many, under the layer's name", () => {
    expect(layered(program).map(({ label, short, first, last }) => [label, short, first, last])).toEqual([
      ["batch", "x", 0, 2],
      ["dense 1", "1", 3, 4],
      ["mse", "L", 5, 5],
      ["mse", "L", 6, 7],
      ["dense 1", "1", 8, 11],
      ["step size", "\u03b7", 12, 12],
      ["W\u00b9 b\u00b9", "1", 13, 16],
    ]);
  });

  it("have for a short name the place of their layer in the model, or the letter of what they make", () => {
    const blocks = [
      block(0, "forward", "features", "features", 0),
      block(1, "forward", "dense1", "dense 1", 1),
      block(2, "forward", "dropout1", "dropout", 2),
      block(3, "forward", "dense2", "dense 2", 3),
      block(4, "update", "schedule", "schedule", 4),
      block(5, "update", "penalty", "penalty", 5),
      block(6, "update", "clipping", "clipping", 6),
      block(7, "update", "dense2", "W\u00b3 b\u00b3", 7),
    ];
    expect(alone(blocks).map(({ short }) => short)).toEqual([
      "\u03c6",
      "1",
      "2",
      "3",
      "\u03b7",
      "\u03bb",
      "g",
      "3",
    ]);
  });

  it("say the place that stands on them, where their labels do not", () => {
    const blocks = [
      block(0, "forward", "dense1", "dense 1", 0),
      block(1, "forward", "dropout1", "dropout", 1),
    ];
    expect(alone(blocks).map(words)).toEqual(["forward: dense 1, step 1", "forward 2: dropout, step 2"]);
  });

  it("say in words all that they hold", () => {
    const said = [alone(program)[3]!, layered(program)[4]!, layered(program)[6]!].map(words);
    expect(said).toEqual([
      "loss: mse, step 6",
      "backward: tanh, dense 1, steps 9 to 12",
      "update 1: W\u00b9 b\u00b9, steps 14 to 17",
    ]);
  });
});
