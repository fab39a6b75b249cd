import { describe, expect, it } from "vitest";
import { INKS, RecordingContext } from "../../testing/recordingContext";
import { frameField } from "./output";
import { axesOf, clip, drawAxes } from "./outputAxes";
import { type Dot, drawDots } from "./outputDots";
import { drawAgreement, drawCurve, drawErrors, placeOn } from "./outputPictures";

/** 200 pixels for ten numbers across, 100 for two upwards. */
const AXES = axesOf(236, 124, [0, 10], [-1, 1]);
const NONE = { batch: new Set<number>(), chosen: null, lit: null };
const dot = (row: number, more: Partial<Dot> = {}): Dot => ({
  row,
  x: 10 * row,
  y: 50,
  colour: INKS.positive,
  test: false,
  ...more,
});
const dots = (all: Dot[], marks = {}) =>
  RecordingContext.of((context) => drawDots(context, all, { ...NONE, ...marks }, INKS));

describe("axes", () => {
  it("have lines with numbers on the left, the greatest on top, and numbers below, the greatest on the right", () => {
    expect(RecordingContext.of((context) => drawAxes(context, AXES, INKS))).toEqual([
      "line hair 1: from 30,106.5 to 230,106.5",
      "write mute right middle: “−1” 25,106.5",
      "line hair 1: from 30,81.5 to 230,81.5",
      "write mute right middle: “−0.5” 25,81.5",
      "line hair 1: from 30,56.5 to 230,56.5",
      "write mute right middle: “0” 25,56.5",
      "line hair 1: from 30,31.5 to 230,31.5",
      "write mute right middle: “0.5” 25,31.5",
      "line hair 1: from 30,6.5 to 230,6.5",
      "write mute right middle: “1” 25,6.5",
      "write mute center bottom: “0” 30,123",
      "write mute center bottom: “2” 70,123",
      "write mute center bottom: “4” 110,123",
      "write mute center bottom: “6” 150,123",
      "write mute center bottom: “8” 190,123",
      "write mute center bottom: “10” 230,123",
    ]);
  });

  it.each([
    [[-10000, 500], ["\u221210000", "\u22128000", "\u22126000", "\u22124000", "\u22122000", "0"], 46],
    [[-0.001, 0.001], ["\u22120.001", "\u22120.0005", "0", "0.0005", "0.001"], 50],
    [[0, 2e8], ["0", "5e7", "1e8", "1.5e8", "2e8"], 36],
    [[0, 4e-9], ["0", "1e\u22129", "2e\u22129", "3e\u22129", "4e\u22129"], 33],
  ] as const)("have room for every number of %s, with its sign", (range, numbers, left) => {
    const axes = axesOf(236, 124, [0, 1], [...range]);
    const written = RecordingContext.of((context) => drawAxes(context, axes, INKS));
    const beside = written.flatMap((line) => /right middle: .(.+). /.exec(line)?.[1] ?? []);
    expect([beside, axes.left]).toEqual([numbers, left]);
  });

  it("keep what is drawn inside", () => {
    expect(RecordingContext.of((context) => clip(context, AXES))).toEqual(["clip: box 30,0 206x112"]);
  });
});

describe("a point", () => {
  it("is full in its colour if it is trained on, hollow and smaller if not", () => {
    expect(dots([dot(1), dot(2, { test: true })])).toEqual([
      "fill positive: circle 10,50 r3.5",
      "line card 1: circle 10,50 r3.5",
      "fill card: circle 20,50 r2.75",
      "line positive 1: circle 20,50 r2.75",
    ]);
  });

  it("of the batch is larger, has an edge of ink and lies above the others", () => {
    expect(dots([dot(1), dot(2)], { batch: new Set([1]) })).toEqual([
      "fill positive: circle 20,50 r3.5",
      "line card 1: circle 20,50 r3.5",
      "fill positive: circle 10,50 r4.5",
      "line ink 1: circle 10,50 r4.5",
    ]);
  });

  it("has a ring if it is chosen, a thinner one if it is pointed at", () => {
    const rings = [{ chosen: 1 }, { lit: 1 }].map((marks) => dots([dot(1)], marks).slice(2));
    expect(rings).toEqual([
      ["line card 4.5: circle 10,50 r8", "line ink 2: circle 10,50 r8"],
      ["line card 3.5: circle 10,50 r8", "line ink 1: circle 10,50 r8"],
    ]);
  });

  it("that is hollow and pale has an edge around it", () => {
    expect(dots([dot(1, { test: true, edge: INKS.mute })])).toEqual([
      "fill card: circle 10,50 r2.75",
      "line positive 2: circle 10,50 r2.75",
      "line mute 0.75: circle 10,50 r3.75",
    ]);
  });

  it("lies to the right with the first input and up with the second", () => {
    const grid = { x: [-1, 0, 1], y: [-2, 0, 2] };
    const places = [
      [-1, -2],
      [1, 2],
      [0.5, 1],
    ].map((inputs) => placeOn(grid, inputs, 200, 100));
    expect(places).toEqual([
      { x: 0, y: 100 },
      { x: 200, y: 0 },
      { x: 150, y: 25 },
    ]);
  });
});

describe("the curve of an output", () => {
  const value = (...data: number[]) => ({ shape: [data.length / 3, 3], data: Float64Array.from(data) });

  it("has the forward phase's colour and passes over what is no number", () => {
    const field = frameField(value(-1, Number.NaN, 1));
    expect(RecordingContext.of((context) => drawCurve(context, AXES, field, 0, INKS))).toEqual([
      "line forward 2: to 30,106 to 230,6",
    ]);
  });

  it("has the colours of the signs where there are two classes", () => {
    const field = frameField(value(0, 0, 0, 0, 0, 0));
    const colours = [0, 1].map(
      (unit) => RecordingContext.of((c) => drawCurve(c, AXES, field, unit, INKS))[0],
    );
    expect(colours.map((line) => line!.split(":")[0])).toEqual(["line negative 2", "line positive 2"]);
  });

  it("is joined to the targets of the batch, to the chosen one in ink", () => {
    const marks = { batch: new Set([1, 2]), chosen: 2, lit: null };
    const all = [dot(0), dot(1), dot(2), dot(2, { test: true })];
    const lines = RecordingContext.of((context) => drawErrors(context, AXES, all, marks, () => [5], INKS));
    expect(lines).toEqual(["line mute 1: from 10,50 to 10,6", "line ink 2: from 20,50 to 20,6"]);
  });
});

describe("outputs against targets", () => {
  it("have a dashed diagonal that rises, and a line from each point up or down to it", () => {
    const on = { ...AXES, y: [0, 10] as [number, number] };
    const lines = RecordingContext.of((context) => drawAgreement(context, on, [dot(13), dot(3)], INKS));
    expect(lines).toEqual([
      "line mute 1 dash 4 3: from 30,106 to 230,6",
      "line hair 1: from 130,50 to 130,56",
      "line hair 1: from 30,50 to 30,106",
    ]);
  });
});
