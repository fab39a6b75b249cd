import { describe, expect, it } from "vitest";
import { painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { denseRun } from "../testing/runs";
import { biasPoint, drawLoss, drawUnitMarks } from "./unitMarks";

const LAYOUT = tidy(denseRun(["x1", "x2"], 2));
const marks = (shown: Shown, unit = 0, at = 1) =>
  painted((context) => drawUnitMarks(context, pictureOf(LAYOUT, shown), at, unit));
const loss = (shown: Shown) => painted((context) => drawLoss(context, pictureOf(LAYOUT, shown)));

describe("a unit", () => {
  it("has a hairline around it", () => {
    expect(marks({ columns: { 1: { values: [0.5, 0] } } })).toEqual(["line hair 1: box 140,30 20x20 r5"]);
  });

  it("has a rim that fades with every power of ten of its gradient", () => {
    const rims = [1, 1e-3, 1e-6, 1e-9].map(
      (delta) => marks({ columns: { 1: { delta: [delta, 0], phase: "update" } } })[1],
    );
    expect(rims).toEqual([
      "line backward 1.5: box 140,30 20x20 r5",
      "line backward 1.5 at 0.56: box 140,30 20x20 r5",
      "line backward 1.5 at 0.12: box 140,30 20x20 r5",
      "line backward 1.5 at 0.12: box 140,30 20x20 r5",
    ]);
  });

  it("has a rim of the backward phase once its gradient is there, wider while the step is about it", () => {
    const now = marks({ columns: { 1: { delta: [0.1, 0], phase: "backward" } } });
    const later = marks({ columns: { 1: { delta: [0.1, 0], phase: "update" } } });
    expect([now[1], later[1]]).toEqual([
      "line backward 2.5 at 0.85: box 140,30 20x20 r5",
      "line backward 1.5 at 0.85: box 140,30 20x20 r5",
    ]);
  });

  it("that is dead has no rim, but a bar across the way of the gradient on its right", () => {
    expect(marks({ columns: { 1: { arriving: [0.3, 0], delta: [0, 0], through: [0, 0] } } })).toEqual([
      "line hair 1: box 140,30 20x20 r5",
      "line backward 3: from 164,33.6 to 164,46.4",
    ]);
  });

  it("whose number is none is crossed out in ink", () => {
    expect(marks({ columns: { 1: { values: [Number.NaN, 0] } } })).toEqual([
      "line hair 1: box 140,30 20x20 r5",
      "line ink 1.5: from 146,36 to 154,44 from 154,36 to 146,44",
    ]);
  });

  it("that dropout has silenced is pale and crossed out", () => {
    expect(marks({ columns: { 1: { values: [1, 1], mask: [0, 1] } } })).toEqual([
      "line hair 1: box 140,30 20x20 r5",
      "fill card at 0.78: box 141,31 18x18",
      "line mute 1.5: from 143.2,33.2 to 156.8,46.8 from 156.8,33.2 to 143.2,46.8",
    ]);
    expect(marks({ columns: { 1: { values: [1, 1], mask: [0, 1] } } }, 1)).toHaveLength(1);
  });

  it("has a rim of ink: widest where it is pinned, less where it is pointed at, least where it is read", () => {
    const unit = { kind: "unit", column: 1, unit: 0 } as const;
    const rims = [{ pinned: unit }, { hover: unit }, { read: [unit] }].map((shown) => marks(shown)[1]);
    expect(rims).toEqual([
      "line ink 3: box 140,30 20x20 r5",
      "line ink 2: box 140,30 20x20 r5",
      "line ink 1.5: box 140,30 20x20 r5",
    ]);
  });

  it("at an end of the edge that is meant has one too, at the other units there is none", () => {
    const edge = { kind: "edge", bundle: 0, weight: "dense1.weight", j: 1, k: 0 } as const;
    const ends = ([at, unit]: readonly [number, number]) => marks({ pinned: edge }, unit, at).length;
    const units = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const;
    expect(units.map(ends)).toEqual([2, 1, 1, 2]);
  });
});

describe("the mark of a bias", () => {
  const bias = (numbers: number[], more = {}, shown: Shown = {}, unit = 0) =>
    marks({ ...shown, columns: { 1: { bias: numbers, ...more } } }, unit).slice(1);

  it("is blue where it is positive and red where it is negative, larger for a larger one", () => {
    expect([bias([1, -0.5]), bias([1, -0.5], {}, {}, 1)]).toEqual([
      [
        "fill positive: from 143,69.5 to 148.5,75 to 143,80.5 to 137.5,75 close",
        "line paper 1.5: from 143,69.5 to 148.5,75 to 143,80.5 to 137.5,75 close",
      ],
      [
        "fill negative: from 143,110.75 to 147.25,115 to 143,119.25 to 138.75,115 close",
        "line paper 1.5: from 143,110.75 to 147.25,115 to 143,119.25 to 138.75,115 close",
      ],
    ]);
  });

  it("is grey where it is no number", () => {
    expect(bias([Number.NaN, 0])[0]).toEqual("fill mute: from 143,70 to 148,75 to 143,80 to 138,75 close");
  });

  it("has the rim of what is known of it: its gradient, then its change, and ink where it is meant", () => {
    const pinned = { kind: "bias", column: 1, bias: "dense1.bias", unit: 0 } as const;
    const rims = [
      bias([1, 0], { biasGrad: [0.1, 0] }),
      bias([1, 0], { biasGrad: [0.1, 0], biasChange: [0.1, 0] }),
      bias([1, 0], { biasGrad: [0.1, 0] }, { hover: pinned }),
      bias([1, 0], { biasGrad: [0.1, 0] }, { pinned }),
    ];
    expect(rims.map((lines) => lines[1]!.split(":")[0])).toEqual([
      "line backward 1.5",
      "line update 1.5",
      "line ink 2",
      "line ink 2.5",
    ]);
  });

  it("stands before its number where that is written, else at the unit's lower left corner", () => {
    const column = LAYOUT.columns[1]!;
    expect([biasPoint(column, 0), biasPoint({ ...column, labels: "none" }, 0)]).toEqual([
      { x: 143, y: 75 },
      { x: 140, y: 50 },
    ]);
  });
});

describe("the loss", () => {
  it("is a circle, pale while there is no number", () => {
    expect([loss({}), loss({ scene: { loss: 0.5 } })]).toEqual([
      ["fill card: circle 250,40 r10", "line ink 1.6 at 0.25: circle 250,40 r10"],
      ["fill card: circle 250,40 r10", "line ink 1.6: circle 250,40 r10"],
    ]);
  });

  it("has a wider line where it is pointed at, the widest where it is pinned", () => {
    const widths = [loss({ hover: { kind: "loss" } }), loss({ pinned: { kind: "loss" } })];
    expect(widths.map((lines) => lines[1])).toEqual([
      "line ink 2.4 at 0.25: circle 250,40 r10",
      "line ink 3 at 0.25: circle 250,40 r10",
    ]);
  });
});
