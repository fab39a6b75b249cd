import { describe, expect, it } from "vitest";
import { numbers, painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { denseRun } from "../testing/runs";
import type { Range } from "./picture";
import { fillUnit, largestIn, radiusOf, rgbOf, shadeColour } from "./unitMaps";

const BOX = { x: 100, y: 200, width: 20, height: 20 };
const PLANE = tidy(denseRun(["x1", "x2"], 2));
const LINE = tidy(denseRun(["x"], 2));
const fill = (shown: Shown, { unit = 0, at = 1, layout = PLANE } = {}) =>
  painted((context) => fillUnit(context, pictureOf(layout, shown), at, unit, BOX)).slice(2, -1);

describe("a unit's colour", () => {
  it("is that of its value: blue above zero, red below, and the surface at zero and where it is no number", () => {
    const values = [1, -0.5, 0, Number.NaN];
    expect(values.map((value) => fill({ columns: { 1: { values: [value] } } }))).toEqual([
      ["fill +1.00: box 100,200 20x20"],
      ["fill −0.50: box 100,200 20x20"],
      ["fill 0: box 100,200 20x20"],
      ["fill 0: box 100,200 20x20"],
    ]);
  });

  it("appears with the value, and is not there before", () => {
    const fade = () => 0.5;
    expect([fill({ fade, columns: { 1: { values: [1] } } }), fill({})]).toEqual([
      ["fill +1.00 at 0.58: box 100,200 20x20"],
      [],
    ]);
  });

  it("lies on a card with round corners, and ends there", () => {
    const all = painted((context) => fillUnit(context, pictureOf(PLANE), 1, 0, BOX));
    expect(all).toEqual(["fill card: box 100,200 20x20 r5", "clip: box 100,200 20x20 r5", "unclip"]);
  });
});

describe("a unit's map", () => {
  /** Two units over a plane of 2 x 3: the first row is the lowest. */
  const maps = numbers([2, 2, 3], -1, 0, 1, 0.5, 0.5, 0.5, 0, 0, 0, 1, 1, 1);

  it("has the lower row of the plane below, and its own rows only", () => {
    const shown = { columns: { 1: { maps, values: [0, 0] } } };
    expect([fill(shown), fill(shown, { unit: 1 })]).toEqual([
      ["image: box 100,200 20x20 [+0.50 +0.50 +0.50 | −1.00 0 +1.00]"],
      ["image: box 100,200 20x20 [+1.00 +1.00 +1.00 | 0 0 0]"],
    ]);
  });

  it("is pale before the unit has run", () => {
    expect(fill({ columns: { 1: { maps } } })).toEqual([
      "image at 0.16: box 100,200 20x20 [+0.50 +0.50 +0.50 | −1.00 0 +1.00]",
    ]);
  });

  it("shows where the sample lies: to the right with the first input, up with the second", () => {
    const axes = { x: [0, 10] as Range, y: [0, 10] as Range };
    const shown = { axes, sample: [2, 9], columns: { 1: { maps, values: [0, 0] } } };
    expect(fill(shown).slice(1)).toEqual([
      "fill card: circle 104,202 r2.5",
      "line ink 1.5: circle 104,202 r2.5",
    ]);
  });
});

describe("an input over the plane", () => {
  const axes = { x: [-2, 1] as Range, y: [-2, 1] as Range };
  const corners = (unit: number) => {
    const [line] = fill({ axes, columns: { 0: { values: [0, 0] } } }, { at: 0, unit });
    const rows = line!.slice(line!.indexOf("[") + 1, -1).split(" | ");
    const [first, last] = [rows[0]!.split(" "), rows.at(-1)!.split(" ")];
    return [first[0], first.at(-1), last[0], last.at(-1)];
  };

  it("rises to the right if it is the first, upwards if it is the second", () => {
    expect([corners(0), corners(1)]).toEqual([
      ["−1.00", "+0.50", "−1.00", "+0.50"],
      ["+0.50", "+0.50", "−1.00", "−1.00"],
    ]);
  });
});

describe("a unit's curve", () => {
  it("is blue where it is above its axis and red below, high for a large value", () => {
    const maps = numbers([1, 5], -1, -0.5, 0, 0.5, 1);
    expect(fill({ columns: { 1: { maps, values: [0] } } }, { layout: LINE })).toEqual([
      "fill hair: box 100,210 20x1",
      "line positive 2: from 110,210 to 115,207 from 115,207 to 120,204",
      "line negative 2: from 100,216 to 105,213 from 105,213 to 110,210",
    ]);
  });

  it("shows the sample as a line across", () => {
    const maps = numbers([1, 2], 0, 0);
    const shown = {
      axes: { x: [0, 10] as Range, y: null },
      sample: [5],
      columns: { 1: { maps, values: [0] } },
    };
    expect(fill(shown, { layout: LINE }).at(-1)).toEqual("line ink 1: from 110.5,200 to 110.5,220");
  });
});

it("the largest of some numbers is that of the greatest magnitude, of those that are finite", () => {
  expect([largestIn([1, -3, Number.NaN, Number.POSITIVE_INFINITY]), largestIn([])]).toEqual([3, 0]);
});

it("a token's channels are read from its hexadecimal digits", () => {
  expect(rgbOf("#0a14ff")).toEqual([10, 20, 255]);
});

it("corners are round by the size of a unit, up to seven pixels", () => {
  expect([8, 20, 100].map(radiusOf)).toEqual([2, 5, 7]);
});

it("the full shade of a number is the token of its sign, in both themes", () => {
  const scale = { middle: 0, reach: 1 };
  const ends = [false, true].map((dark) => [shadeColour(1, scale, dark), shadeColour(-1, scale, dark)]);
  expect(ends).toEqual([
    ["rgb(33 102 172)", "rgb(214 96 77)"],
    ["rgb(106 174 214)", "rgb(244 165 130)"],
  ]);
});
