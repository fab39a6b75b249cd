import { describe, expect, it } from "vitest";
import type { ParameterKind } from "../api/types";
import { parse, show } from "./parse";

const of = (kind: ParameterKind, nullable = false, length: number | null = null) => ({
  kind,
  nullable,
  length,
});

describe("a number", () => {
  it.each([
    ["0.03", 0.03],
    ["\u22122", -2],
    [" +7 ", 7],
    ["0,05", 0.05],
    ["0,125", 0.125],
    [",5", 0.5],
    ["3.", 3],
    ["1_000", 1000],
    ["1/3", 1 / 3],
    ["-1 / 4", -0.25],
    ["1e-3", 0.001],
    ["2,5E2", 250],
    ["10^-3", 0.001],
    ["10**-3", 0.001],
    ["10^\u22123", 0.001],
    ["-2^2", -4],
    ["3*10^2", 300],
    ["3 × 10^2", 300],
    ["2·10^2/5", 40],
    ["0*3", 0],
    ["0e5", 0],
  ])("is read from %s", (text, x) => {
    expect(parse(text, of("number"))).toEqual({ value: x, mistake: null });
  });

  it.each([
    ["1e400", "1e400 is past the largest number, which is about 1.8e308."],
    ["10^400", "10^400 is past the largest number, which is about 1.8e308."],
    ["1e-400", "1e-400 is so close to 0 that it would become 0."],
    ["1/0", "1/0 divides by 0."],
    ["1,000", "1,000 can mean two numbers: type 1000 or 1.000."],
  ])("is answered truly where it is %s", (text, mistake) => {
    expect(parse(text, of("number"))).toEqual({ value: text, mistake });
  });

  it.each(["fast", "1/2/3", "2^3^4", "1.2.3", "1,2,3", "nan", "inf", "0x10", "--1", "e5", "^2", "3*", ""])(
    "is not made of %j",
    (text) => {
      expect(parse(text, of("number"))).toEqual({ value: text, mistake: null });
    },
  );

  it("is not rounded where it is too large to be told from its neighbours", () => {
    expect(parse("99999999999999999999", of("integer"))).toEqual({
      value: "99999999999999999999",
      mistake: "Needs a whole number up to 9007199254740991: a larger one would be rounded.",
    });
    expect(parse("9007199254740991", of("integer")).value).toBe(9007199254740991);
  });

  it("may be left out where it may be none", () => {
    expect(parse(" ", of("integer", true))).toEqual({ value: null, mistake: null });
  });
});

describe("a row of numbers", () => {
  it.each([
    "0.9, 0.999",
    "[0.9, 0.999]",
    "(0.9, 0.999)",
    "0.9 0.999",
    "0,9; 0,999",
    "9/10, 0.999",
    "array([0.9, 0.999])",
    "np.array([0.9, 0.999], dtype=np.float32)",
    "[0.9   0.999]",
    "tensor([0.9000, 0.9990])",
    "tensor([0.9000, 0.9990], dtype=torch.float64, requires_grad=True)",
    "tensor([0.9, 0.999], device='cuda:0', grad_fn=<AddBackward0>)",
    "Parameter containing: tensor([0.9, 0.999], requires_grad=True)",
    "[[0.9, 0.999]]",
    "[[0.9], [0.999]]",
    "jnp.asarray((0.9, 0.999))",
  ])("is read from %s", (text) => {
    expect(parse(text, of("vector"))).toEqual({ value: [0.9, 0.999], mistake: null });
  });

  it.each(["[1,", "1, two", "1]", "tensor(["])("stays as typed where it is %s", (text) => {
    expect(parse(text, of("vector"))).toEqual({ value: text, mistake: null });
  });

  it("says what is wrong with one of its numbers, or that some are missing", () => {
    expect([
      parse("1, 1e999", of("vector")).mistake,
      parse("[1. 2. ... 8. 9.]", of("vector")).mistake,
    ]).toEqual([
      "1e999 is past the largest number, which is about 1.8e308.",
      "This print leaves numbers out (...): print all of them.",
    ]);
  });

  it("of a fixed length can be one number for all", () => {
    expect([
      parse("3", of("integers", false, 2)).value,
      parse("3, 4", of("integers", false, 2)).value,
    ]).toEqual([3, [3, 4]]);
  });
});

describe("rows of numbers", () => {
  it.each([
    "[[1, 2], [3, 4]]",
    "[[1. 2.] [3. 4.]]",
    "[[1. 2.]\n [3. 4.]]",
    "array([[1., 2.],\n       [3., 4.]])",
    "tensor([[1., 2.],\n        [3., 4.]], dtype=torch.float64)",
    "((1, 2), (3, 4))",
    "1 2; 3 4",
    "[1, 2], [3, 4]",
  ])("are read from %j", (text) => {
    const rows = [
      [1, 2],
      [3, 4],
    ];
    expect(parse(text, of("matrix"))).toEqual({ value: rows, mistake: null });
  });

  it("can be one row", () => {
    expect(parse("1, 2", of("matrix")).value).toEqual([[1, 2]]);
  });
});

it("names are read with commas or spaces between them", () => {
  expect(parse("bias, weight", of("names")).value).toEqual(["bias", "weight"]);
});

it.each([
  [[0.9, 0.999], "pair"],
  [[[1, 2]], "matrix"],
  [
    [
      [1, 2],
      [3, 4],
    ],
    "matrix",
  ],
  [0.03, "number"],
  [1e-20, "number"],
  [1e21, "number"],
  [null, "integer"],
  [["bias"], "names"],
] as const)("%j is shown so that it reads back the same", (value, kind) => {
  expect(parse(show(value), of(kind, true)).value).toEqual(value);
});
