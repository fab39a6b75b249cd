import { describe, expect, it } from "vitest";
import type { SampleShares } from "../../api/types";
import { bars, numberIn, unitOf } from "./waterfall";

const share = (sample: number, share: number, so_far: number) => ({
  sample,
  share,
  so_far,
  loss: null,
  residual: null,
});
const SHARES = {
  shares: [share(3, -3, -3), share(0, 1, -2)],
  rest: { count: 2, product: 3 },
  total: 1,
  decimals: 1,
  exponent: 0,
} as unknown as SampleShares;

describe("the waterfall of the samples", () => {
  it("starts each bar where the last one ended, and ends at the total", () => {
    const found = bars(SHARES).map(({ sample, count, left, width, zero, end }) => ({
      sample,
      count,
      left,
      width,
      zero,
      end,
    }));
    expect(found).toEqual([
      { sample: 3, count: 1, left: 0, width: 75, zero: 75, end: 0 },
      { sample: 0, count: 1, left: 0, width: 25, zero: 75, end: 25 },
      { sample: null, count: 2, left: 25, width: 75, zero: 75, end: 100 },
    ]);
  });

  it("writes all numbers with the same places, in units of one power of ten", () => {
    expect([-0.06, 1, -0.01].map((number) => numberIn(SHARES, number))).toEqual(["−0.1", "+1.0", "+0.0"]);
    const small = { ...SHARES, exponent: -7, decimals: 2 };
    expect([numberIn(small, -1.234e-7), unitOf(small), unitOf(SHARES)]).toEqual([
      "−1.23",
      "\\times 10^{-7}",
      "",
    ]);
  });

  it("draws nothing of a number that is none", () => {
    const found = bars({
      ...SHARES,
      shares: [share(0, Number.NaN, Number.NaN)],
      rest: { count: 0, product: 0 },
    } as SampleShares);
    expect(found.map(({ left, width }) => [left, width])).toEqual([[0, 0]]);
  });
});
