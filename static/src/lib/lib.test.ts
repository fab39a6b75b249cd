import { describe, expect, it } from "vitest";
import { fitBlocks, shortened } from "./fit";
import { count, format, percent, scientific, shapeText, signed } from "./format";
import { parse, show } from "./parse";

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

describe("fields", () => {
  it("read what was typed as the wire wants it", () => {
    expect([
      parse("0.03", "number", false),
      parse("\u22122", "integer", false),
      parse("", "integer", true),
      parse("0.9, 0.999", "pair", false),
      parse("[[1, 2], [3, 4]]", "matrix", true),
      parse("bias, weight", "names", false),
    ]).toEqual([
      0.03,
      -2,
      null,
      [0.9, 0.999],
      [
        [1, 2],
        [3, 4],
      ],
      ["bias", "weight"],
    ]);
  });

  it("pass on what they cannot read, for the server to explain", () => {
    expect([
      parse("fast", "number", false),
      parse("1e999", "number", false),
      parse("[1,", "vector", false),
    ]).toEqual(["fast", "1e999", "[1,"]);
  });

  it.each([
    [[0.9, 0.999], "pair"],
    [[[1, 2]], "matrix"],
    [0.03, "number"],
    [null, "integer"],
    [["bias"], "names"],
  ] as const)("show %j so that it reads back the same", (value, kind) => {
    expect(parse(show(value), kind, true)).toEqual(value);
  });
});

describe("blocks in a row", () => {
  const labels = Array.from({ length: 40 }, (_, i) => (i % 2 ? "sigmoid" : `dense ${i}`));
  const sum = (fits: { width: number }[]) => Math.round(fits.reduce((all, { width }) => all + width, 0));
  const texts = (fits: { text: string }[]) => fits.map(({ text }) => text);

  it.each([120, 300])("fill a row of %d pixels, all labelled, where there is room", (width) => {
    const fits = fitBlocks(["batch", "dense 1"], 0, width);
    expect([sum(fits), texts(fits)]).toEqual([width, ["batch", "dense 1"]]);
  });

  it("keep the current label and shrink the others to their layer's number where there is not", () => {
    const fits = fitBlocks(labels, 7, 700);
    expect([sum(fits), texts(fits).slice(5, 9)]).toEqual([700, ["", "6", "sigmoid", "8"]]);
  });

  it("are never of negative width", () => {
    expect(fitBlocks(labels, 3, 0).every(({ width }) => width >= 0)).toBe(true);
  });

  it("have labels with a short form", () => {
    expect(["dense 12", "W³ b³", "mse", "sigmoid"].map(shortened)).toEqual(["12", "W³", "mse", ""]);
  });
});
