import { expect, it } from "vitest";
import type { SearchAxis, TrialEntry } from "../../api/types";
import { axesOf, distinct, finer, settingOf } from "./goOn";

const RATE: SearchAxis = { path: "rate", values: [0.01, 0.03, 0.1, 0.3] };
const UNITS: SearchAxis = { path: "units", values: [4, 8, 16] };
const DRAWN: SearchAxis = { path: "rate", low: 0.001, high: 1, scale: "log" };
const trial = (rate: number, units: number) => ({ settings: { rate, units } }) as unknown as TrialEntry;

it("keeps of the axes what some trials have", () => {
  expect(axesOf([RATE, UNITS], [trial(0.1, 8), trial(0.03, 8)])).toEqual([
    { path: "rate", values: [0.03, 0.1] },
    { path: "units", values: [8] },
  ]);
});

it("narrows a range to where some trials lie, and to one value where that is one", () => {
  const both = axesOf([DRAWN], [trial(0.2, 8), trial(0.02, 8)]);
  expect([both, axesOf([DRAWN], [trial(0.2, 8)])]).toEqual([
    [{ path: "rate", low: 0.02, high: 0.2, scale: "log" }],
    [{ path: "rate", values: [0.2] }],
  ]);
});

it("puts values half way between neighbours, whole where both are, and none where there is no room", () => {
  const words: SearchAxis = { path: "activation", values: ["relu", "tanh"] };
  expect(
    finer([{ path: "rate", values: [0, 0.01, 0.1] }, UNITS, { path: "depth", values: [1, 2] }, words]),
  ).toEqual([
    { path: "rate", values: [0, 0.005, 0.01, 0.032, 0.1] },
    { path: "units", values: [4, 6, 8, 11, 16] },
    { path: "depth", values: [1, 2] },
    words,
  ]);
});

it("makes the setting of a trial axes of one value each", () => {
  expect(settingOf([DRAWN, UNITS], trial(0.2, 8))).toEqual([
    { path: "rate", values: [0.2] },
    { path: "units", values: [8] },
  ]);
});

it("takes each value once, numbers in their order", () => {
  expect([distinct([0.3, 0.1, 0.3, 0.03]), distinct(["tanh", "relu", "tanh"])]).toEqual([
    [0.03, 0.1, 0.3],
    ["tanh", "relu"],
  ]);
});
