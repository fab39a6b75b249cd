import { afterEach, describe, expect, it, test } from "vitest";
import type { Block } from "../api/types";
import { alone, forHall, type Group, layered, words } from "../transport/blockGroups";
import { fitBlocks } from "../transport/fitLabels";
import { count, degrees, format, percent, rounded, scientific, shapeText, signed } from "./format";
import { numbers } from "./numbers.svelte";

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
  const many = Array.from({ length: 20 }, (_, i) => ({
    label: `layer norm ${i}`,
    short: `norm ${i}`,
    letter: "n",
    number: String(i),
  }));
  const sum = (fitted: { width: number }[]) => Math.round(fitted.reduce((all, { width }) => all + width, 0));
  const texts = (fitted: { text: string }[]) => fitted.map(({ text }) => text);

  it.each([120, 300])("fill a row of %d pixels, all labelled, where there is room", (width) => {
    const fitted = fitBlocks(
      [
        { label: "batch", short: "batch", letter: "x", number: "" },
        { label: "dense 1", short: "dense 1", letter: "dense", number: "1" },
      ],
      0,
      width,
    );
    expect([sum(fitted), texts(fitted)]).toEqual([width, ["batch", "dense 1"]]);
  });

  it.each([
    [1100, "short"],
    [400, "letter"],
  ] as const)("keep the current label and shorten all others alike in a row of %d pixels", (width, form) => {
    const fitted = fitBlocks(many, 7, width);
    const wanted = many.map((b, i) => (i === 7 ? b.label : b[form]));
    expect([sum(fitted), texts(fitted)]).toEqual([width, wanted]);
  });

  it("keep the current label alone where nothing else fits", () => {
    const fitted = fitBlocks(
      many.map((block) => ({ ...block, number: "" })),
      7,
      200,
    );
    expect([sum(fitted), texts(fitted).filter(Boolean)]).toEqual([200, ["layer norm 7"]]);
  });

  it("are never of negative width", () => {
    expect(fitBlocks(many, 3, 0).every(({ width }) => width >= 0)).toBe(true);
  });
});

describe("blocks of a program", () => {
  const block = (index: number, phase: string, layer: string, label: string, first: number, last = first) =>
    ({ index, phase, layer, label, first, last }) as Block;
  const layers = [
    { name: "conv2d1", title: "conv2d 1", short: "conv 1" },
    { name: "dropout1", title: "dropout 1", short: "dropout 1" },
    { name: "dense1", title: "dense 1", short: "dense 1" },
  ];
  const program = [
    block(0, "batch", "batch", "batch", 0, 2),
    block(1, "forward", "conv2d1", "conv2d 1", 3),
    block(2, "forward", "conv2d1", "ReLU", 4),
    block(3, "forward", "dropout1", "dropout", 5),
    block(4, "loss", "loss", "mean squared error", 6),
    block(5, "backward", "conv2d1", "ReLU", 7),
    block(6, "backward", "conv2d1", "conv2d 1", 8, 11),
    block(7, "update", "schedule", "schedule", 12),
    block(8, "update", "penalty", "penalty", 13),
    block(9, "update", "clipping", "clipping", 14),
    block(10, "update", "optimizer", "step size", 15),
    block(11, "update", "conv2d1", "conv2d 1: W b", 16, 17),
  ];
  const forms = (groups: Group[]) => groups.map(({ label, short, letter }) => [label, short, letter]);

  it("are one for each layer and phase where there are many, under the layer's name", () => {
    expect(forms(layered(program, layers))).toEqual([
      ["batch", "batch", "x"],
      ["conv2d 1", "conv 1", "conv"],
      ["dropout 1", "dropout 1", "dropout"],
      ["mean squared error", "loss", "L"],
      ["conv2d 1", "conv 1", "conv"],
      ["schedule", "schedule", "\u03b7"],
      ["penalty", "penalty", "\u03bb"],
      ["clipping", "clip", "g"],
      ["step size", "step size", "\u03b7"],
      ["conv2d 1: W b", "conv 1", "conv"],
    ]);
  });

  it("are words for a hall, and the update is one", () => {
    expect(forHall(program, layers).map(({ label, first, last }) => [label, first, last])).toEqual([
      ["batch", 0, 2],
      ["conv2d 1", 3, 4],
      ["dropout 1", 5, 5],
      ["loss", 6, 6],
      ["conv2d 1", 7, 11],
      ["update", 12, 17],
    ]);
  });

  it("keep what each does where there is room for all", () => {
    expect(forms(alone(program.slice(1, 4), layers))).toEqual([
      ["conv2d 1", "conv 1", "conv"],
      ["ReLU", "ReLU", "ReLU"],
      ["dropout", "dropout", "dropout"],
    ]);
  });

  it("say in words all that they hold, and the layer where that does not", () => {
    const [convolution, dropped, , back] = layered(program.slice(1), layers);
    const said = [convolution!, dropped!, back!, layered(program, layers).at(-1)!].map(words);
    expect(said).toEqual([
      "forward: conv2d 1, ReLU, steps 4 to 5",
      "forward dropout 1: dropout, step 6",
      "backward: ReLU, conv2d 1, steps 8 to 12",
      "update: conv2d 1: W b, steps 17 to 18",
    ]);
  });
});

describe("numbers as they were chosen", () => {
  afterEach(() => {
    numbers.style = { digits: 4, notation: "auto" };
  });
  const written = () => [
    format(0.0012345),
    format(-12.345, 2),
    format(1.2345e-7, 3),
    format(12345678),
    signed(0.27812),
    scientific(0.12199),
  ];

  test("as they fit, only very small and very large ones are powers of ten", () => {
    expect(written()).toEqual(["0.001234", "−12", "1.23e−07", "1.235e+07", "+0.278", "1.22e−01"]);
  });

  test("more digits are more in every place", () => {
    numbers.style = { digits: 6, notation: "auto" };
    expect(written()).toEqual([
      "0.00123450",
      "−12.35",
      "1.2345e−07",
      "1.23457e+07",
      "+0.27812",
      "1.2199e−01",
    ]);
  });

  test("for a hall there are fewer in every place, and in a formula two decimals or two digits that count", () => {
    numbers.most = 3;
    expect([format(0.30987), signed(-0.88216)]).toEqual(["0.310", "−0.88"]);
    numbers.most = Number.POSITIVE_INFINITY;
    expect(
      rounded(String.raw`w^{(2)}_{2,\,3} = 0.1 \cdot \left(-2.601\right) \cdot 0.00123 = 1e-05, 12.345`),
    ).toBe(String.raw`w^{(2)}_{2,\,3} = 0.1 \cdot \left(-2.60\right) \cdot 0.0012 = 1e-05, 12.35`);
  });

  test("plain ones have no powers of ten, and powers of ten are then everywhere", () => {
    numbers.style = { digits: 3, notation: "plain" };
    expect(written()).toEqual(["0.00123", "−12", "0.00000012", "12345678", "+0.28", "0.12"]);
    numbers.style = { digits: 4, notation: "scientific" };
    expect(written()).toEqual(["1.234e−03", "−1.2e+01", "1.23e−07", "1.235e+07", "+2.78e−01", "1.22e−01"]);
  });
});
