import { describe, expect, it } from "vitest";
import type { Thumbnail, Value } from "../../api/types";
import { INKS, RecordingContext } from "../../testing/recordingContext";
import { paintThumbnail } from "./paintThumbnail";

const value = (shape: number[], data: number[]): Value => ({ shape, data: Float64Array.from(data) });
const NONE = value([0], []);
const painted = (kind: Thumbnail["kind"], values: Value, points = NONE, names: string[] = []) =>
  RecordingContext.of((context) =>
    paintThumbnail(
      { context, width: 116, height: 96, colours: INKS, dark: false },
      { kind, iteration: 0, caption: "", values, points, names },
    ),
  ).slice(1); // without what clears it

describe("small pictures", () => {
  it("of a plane have the first row below, and points in the colour of their class", () => {
    const found = painted("plane", value([2, 2], [-1, 0, 0, 1]), value([1, 3], [0.5, 0.75, 1]));
    expect(found).toEqual([
      "fill −1.00: box 0,48 59x59",
      "fill 0: box 58,48 59x59",
      "fill 0: box 0,-10 59x59",
      "fill +1.00: box 58,-10 59x59",
      "fill positive: circle 58,19 r2.2",
      "line card 0.7: circle 58,19 r2.2",
    ]);
  });

  it("of a curve go up with the numbers; a point of the test set is hollow", () => {
    const found = painted("curve", value([2], [0, 1]), value([2, 3], [0, 0, 0, 1, 1, 1]));
    expect(found).toEqual([
      "fill mute: circle 8,88 r2.2",
      "line card 0.7: circle 8,88 r2.2",
      "line mute 1.2: circle 108,8 r2",
      "line ink 1.8: from 8,88 to 108,8",
    ]);
  });

  it("of norms are on one log scale of eight decades, whatever the largest is", () => {
    expect(painted("bars", value([3], [1, 1e-4, 1e-30]))).toEqual([
      "fill backward: box 11.33,8 26.67x80",
      "fill backward: box 44.67,48 26.67x40",
      "fill backward: box 78,86.4 26.67x1.6",
    ]);
  });

  it("of two losses draw that of the test set dashed; what explodes leaves the picture", () => {
    expect(painted("lines", value([2, 2], [1, 0, 1, 1e9]))).toEqual([
      "line ink 1.6: from 8,48 to 108,88",
      "line mute 1.6 dash 3 2: from 8,48 to 108,-72",
    ]);
  });

  it("of matrices share one scale", () => {
    const found = painted("matrices", value([2, 1, 1], [0.5, -1]));
    expect(found.map((line) => line.split(":")[0])).toEqual(["fill +0.50", "fill −1.00"]);
  });

  it("of a formula go from left to right, the last value in ink", () => {
    const found = painted("graph", value([1, 2], [0, 1]), value([2, 2], [0, 0, 1, 0]), ["x", "L"]);
    expect([found[0], found.at(-1)]).toEqual([
      "line backward 1: from 8,48 to 108,48",
      "line ink 1.2: circle 108,48 r3",
    ]);
  });

  it("of a way end in a dot", () => {
    const found = painted("path", NONE, value([2, 2], [0, 0, 1, 0.5]));
    expect(found.slice(0, 2)).toEqual([
      "line update 1.6: from 8,88 to 108,48",
      "fill ink: circle 108,48 r2.6",
    ]);
  });

  it("of a text have a box a token", () => {
    const found = painted("tokens", NONE, NONE, ["a", "b"]);
    expect(found.filter((line) => line.startsWith("write"))).toEqual([
      "write ink center middle: “a” 11.6,13",
      "write ink center middle: “b” 34.8,13",
    ]);
  });

  it("of three classes differ by their mark, not by a third colour", () => {
    const found = painted("classes", NONE, value([3, 3], [0, 0, 0, 0, 0, 1, 0, 0, 2]));
    expect(found.map((line) => line.split(":")[0])).toEqual([
      "fill ink",
      "line card 0.7",
      "line mute 1.2",
      "line mute 1.2",
      "line mute 1.2",
    ]);
  });
});
