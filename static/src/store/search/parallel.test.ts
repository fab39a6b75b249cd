import { describe, expect, it } from "vitest";
import type { TrialEntry } from "../../api/types";
import {
  band,
  columnsOf,
  DIVERGED,
  heightAt,
  type Line,
  linesOf,
  nearest,
  OBJECTIVE,
  passes,
} from "./parallel";
import { ranked, sorted } from "./ranking";

const entry = (index: number, objective: number | null, settings: object, more: Partial<TrialEntry> = {}) =>
  ({
    index,
    objective,
    settings,
    iterations: 10,
    error: "",
    diverged: false,
    ...more,
  }) as unknown as TrialEntry;
const AXES = [
  { path: "rate", values: [0.1, 1] },
  { path: "noise", low: 0.01, high: 1, scale: "log" as const },
];
const TRIALS = [
  entry(0, 0.4, { rate: 0.1, noise: 0.1 }),
  entry(1, 0.1, { rate: 0.1, noise: 1 }),
  entry(2, Number.NaN, { rate: 1, noise: 0.01 }, { diverged: true }),
];
const order = ranked(TRIALS, false);
const columns = columnsOf(AXES, order);
const lines = linesOf(columns, order);

describe("the order of trials", () => {
  it("has the best first, what is no number last, and what failed not at all", () => {
    const all = [...TRIALS, entry(3, 0.05, {}, { iterations: 5 }), entry(4, null, {}, { error: "no" })];
    expect(ranked(all, false).map(({ index }) => index)).toEqual([1, 0, 2, 3]);
    expect(ranked(all, true).map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  it("follows a column of the table, with what is no number last whichever way round", () => {
    const indices = (down: boolean) => sorted(TRIALS, "objective", down).map(({ index }) => index);
    expect([indices(false), indices(true)]).toEqual([
      [1, 0, 2],
      [0, 1, 2],
    ]);
    expect(sorted(TRIALS, { path: "noise" }, false).map(({ index }) => index)).toEqual([2, 0, 1]);
  });
});

describe("lines through columns", () => {
  it("stand in a value's band in their order, the best at its foot", () => {
    const [foot, top] = band(0, 2);
    expect(lines.map(({ heights }) => heights[0])).toEqual([
      foot + 0.25 * (top - foot),
      foot + 0.75 * (top - foot),
      (band(1, 2)[0] + band(1, 2)[1]) / 2,
    ]);
  });

  it("stand on a scale in decades where it is one of decades", () => {
    expect(lines.map(({ heights }) => heights[1])).toEqual([1, 0.5, 0]);
  });

  it("end at the objective, what diverged above all else", () => {
    const ends = lines.map(({ heights }) => heights[2]!);
    expect([ends[0], ends[1]! > ends[0]!, ends[2]! > DIVERGED]).toEqual([0, true, true]);
  });

  it("are in the brush where they pass through all of it", () => {
    const within = (brush: [string, [number, number]][]) =>
      lines.filter((line) => passes(line, columns, new Map(brush))).map((line) => line.entry.index);
    expect(within([])).toEqual([1, 0, 2]);
    expect(within([[OBJECTIVE, [0, 0.5]]])).toEqual([1]);
    expect(
      within([
        ["rate", [0, 0.5]],
        ["noise", [0.4, 0.6]],
      ]),
    ).toEqual([0]);
  });

  it("pass through their heights, flat, and are found near the pointer", () => {
    const line: Line = { entry: TRIALS[0]!, heights: [0, 1, 0.5] };
    expect([0, 1, 2, 0.5].map((x) => heightAt(line, x))).toEqual([0, 1, 0.5, 0.5]);
    expect(nearest([line], 0.5, 0.52, 0.05)).toBe(line);
    expect(nearest([line], 0.5, 0.6, 0.05)).toBeNull();
  });
});
