import { describe, expect, it } from "vitest";
import type { Run } from "../../api/types";
import { estimates } from "../../common/sampleText";
import {
  boundaryField,
  extent,
  frameField,
  leader,
  nearestCell,
  outputAt,
  type Reading,
  readingOf,
  tone,
} from "./output";

const value = (shape: number[], data: number[]) => ({ shape, data: Float64Array.from(data) });
const run = (task: Run["task"], loss: string, units: number) =>
  ({ task, loss: { name: loss }, layers: [{ units }] }) as unknown as Run;

describe("a field of outputs", () => {
  it("reads a frame, unit after unit, and a boundary, point after point, alike", () => {
    const frame = frameField(value([2, 2, 2], [1, 2, 3, 4, 10, 20, 30, 40]));
    const outputs = value([2, 2, 2], [1, 10, 2, 20, 3, 30, 4, 40]);
    const boundary = boundaryField({ resolution: 2, x: [0, 1], y: [0, 1], outputs });
    const all = (field: typeof frame) =>
      [0, 1, 2, 3].map((cell) => [outputAt(field, cell, 0), outputAt(field, cell, 1)]);
    expect([all(frame), frame.units]).toEqual([all(boundary), boundary.units]);
  });

  it("reads a curve over one input", () => {
    const curve = boundaryField({ resolution: 3, x: [0, 1, 2], y: null, outputs: value([3], [5, 6, 7]) });
    expect([curve.units, outputAt(curve, 2, 0)]).toEqual([1, 7]);
  });

  it("finds the grid point nearest to a place", () => {
    const field = frameField(value([1, 3, 3], new Array(9).fill(0)));
    const axis = [-1, 0, 1];
    expect([nearestCell(field, axis, axis, [0.9, -0.2]), nearestCell(field, axis, null, [-7])]).toEqual([
      5, 0,
    ]);
  });
});

describe("what is compared with targets", () => {
  it("is the output, or where the loss says that outputs are logarithms what they are of", () => {
    const of = (logarithms?: boolean) => ({ loss: { logarithms } }) as unknown as Run;
    expect([of(), of(false), of(true)].map((each) => Array.from(estimates(each, [0, 2])))).toEqual([
      [0, 2],
      [0, 2],
      [1, Math.exp(2)],
    ]);
  });
});

describe("how outputs are read", () => {
  it("as the distance between the numbers that stand for two classes", () => {
    expect(readingOf(run("classification", "bce", 1), value([3, 1], [0, 1, 1]))).toEqual({
      kind: "one",
      unit: 0,
      centre: 0.5,
      scale: 0.5,
      logits: false,
    });
  });

  it("around zero, squashed, where they are logits", () => {
    expect(readingOf(run("classification", "bce_with_logits", 1), value([2, 1], [0, 1]))).toEqual({
      kind: "one",
      unit: 0,
      centre: 0,
      scale: 1,
      logits: true,
    });
  });

  it("by which of several classes leads, and by the difference of two", () => {
    const kinds = [2, 3].map((units) => readingOf(run("classification", "cross_entropy", units), null));
    expect(kinds).toEqual([
      { kind: "pair", logits: true },
      { kind: "classes", logits: true },
    ]);
  });

  it("around zero, to the largest target, where they are numbers", () => {
    expect(readingOf(run("regression", "mse", 2), value([2, 2], [-4, 1, 2, 3]), 1)).toEqual({
      kind: "one",
      unit: 1,
      centre: 0,
      scale: 4,
      logits: false,
    });
  });
});

describe("tones", () => {
  const field = frameField(value([2, 2], [0, 0.25, 3, 0.5]));
  const half: Reading = { kind: "one", unit: 0, centre: 0.5, scale: 0.5, logits: false };

  it("are -1 and 1 at the ends and beyond them", () => {
    expect([tone(field, 0, half), tone(frameField(value([1, 1], [7])), 0, half)]).toEqual([-1, 1]);
  });

  it("of a pair say how far the second class is ahead", () => {
    expect(tone(field, 1, { kind: "pair", logits: false })).toBe(0.25);
  });

  it("keep what is no number", () => {
    expect(tone(frameField(value([1, 1], [Number.NaN])), 0, half)).toBe(Number.NaN);
  });

  it("of several classes are the leader's lead", () => {
    const three = frameField(value([3, 1], [0.1, 0.7, 0.2]));
    const [label, lead] = leader(three, 0, false);
    expect([label, Number(lead.toFixed(6))]).toEqual([1, 0.5]);
  });
});

it("the extent of numbers leaves out those that are not finite", () => {
  expect([extent([3, Number.NaN, -2, Number.POSITIVE_INFINITY]), extent([])]).toEqual([
    [-2, 3],
    [-1, 1],
  ]);
});
