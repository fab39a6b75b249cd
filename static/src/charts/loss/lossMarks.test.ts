import { describe, expect, it } from "vitest";
import { INKS, RecordingContext } from "../../testing/recordingContext";
import {
  drawMarks,
  drawPlayhead,
  LINES,
  type LossPicture,
  MARK_LENGTH,
  type Plot,
  splitsOf,
  splitText,
} from "./lossMarks";
import { leftOf } from "./lossPlot";

const QUIET = { clipped: [], rate: null, stop: null };
const picture = (more: Partial<LossPicture>): LossPicture => ({
  data: [[]],
  ghosts: 0,
  start: 0,
  end: 100,
  range: [0, 1],
  log: false,
  playhead: 0,
  marks: QUIET,
  colours: INKS,
  ...more,
});
/** A chart of 200 x 100 pixels whose left end is at 30, two pixels an iteration. */
const drawn = (draw: (plot: Plot) => void) =>
  RecordingContext.of((ctx) => {
    const bbox = { left: 30, top: 5, width: 200, height: 100 };
    draw({ ctx, bbox, valToPos: (t: number) => 30 + 2 * t });
  });
const marks = (more: Partial<LossPicture["marks"]>) =>
  drawn((plot) => drawMarks(plot, picture({ marks: { ...QUIET, ...more } }), 1)).slice(1, -1);

describe("over the loss chart", () => {
  it("a line of ink stands at the cursor, with a dot on top", () => {
    expect(drawn((plot) => drawPlayhead(plot, picture({ playhead: 50 }), 1)).slice(0, 2)).toEqual([
      "fill ink: box 129.5,5 1x100",
      "fill ink: circle 130,5 r3",
    ]);
  });

  it("the learning rate is a line in the update's colour, higher for a larger rate", () => {
    expect(marks({ rate: [0.1, 0.2, Number.NaN, 0] })).toEqual([
      "line update 1: to 30,58 to 32,11 to 36,105",
    ]);
  });

  it("clipping has ticks at the bottom, one a pixel", () => {
    expect(marks({ clipped: [0, 10, 100] })).toEqual([
      "fill update: box 29.5,102 1x3",
      "fill update: box 49.5,102 1x3",
      "fill update: box 229.5,102 1x3",
    ]);
  });

  it("the end of training is a dashed line of ink", () => {
    expect(marks({ stop: { iteration: 40, best: 30 } })).toEqual([
      "line ink 1 dash 2 2: from 110,5 to 110,105",
    ]);
  });
});

describe("the loss chart's lines", () => {
  it("are ink over the training set, dashed over the test set, pale for batches and runs that were left", () => {
    expect(LINES).toEqual({
      ghost: { colour: "mute", width: 1, dash: [3, 3], alpha: 0.7 },
      batch: { colour: "mute", width: 1, alpha: 0.45 },
      smooth: { colour: "mute", width: 2 },
      test: { colour: "mute", width: 1.5, dash: [6, 2] },
      train: { colour: "ink", width: 1.5 },
    });
  });
});

describe("the loss chart's axes", () => {
  it("are marked at their ends and in the middle, or at whole decades", () => {
    expect([splitsOf({ range: [0, 3], log: false }), splitsOf({ range: [-2, 1], log: true })]).toEqual([
      [0, 1.5, 3],
      [-2, -1, 0, 1],
    ]);
  });

  it("have short marks", () => {
    const plain = [0, 0.25, 1.5, 20_000, 0.0004].map((mark) =>
      splitText({ range: [0, 1], log: false }, mark),
    );
    const decades = [-3, 0, 2].map((mark) => splitText({ range: [-3, 2], log: true }, mark));
    expect([plain, decades]).toEqual([
      ["0", "0.25", "1.5", "20000", "0.0004"],
      ["10⁻³", "1", "10²"],
    ]);
  });

  it.each([1, 10, 0.5, 0.25, 0.0045, 0.00047, 3.2e-7, -0.5, 12345, 1e200, 9.96e-4])(
    "have room beside the chart: %d and its half",
    (high) => {
      const marks = splitsOf({ range: [0, high], log: false });
      const texts = marks.map((mark) => splitText({ range: [0, high], log: false }, mark));
      expect(texts.filter((text) => text.length > MARK_LENGTH)).toEqual([]);
    },
  );

  it("begin where the chart does and end before its right edge", () => {
    expect([0, 50, 100].map((iteration) => leftOf(iteration, 100, 246))).toEqual([42, 138, 234]);
  });
});
