import { describe, expect, it } from "vitest";
import { painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { denseLayers, type LayerGiven, runOf } from "../testing/runs";
import { drawLink, drawOperators, drawWay, middles } from "./skipLines";

const layers: LayerGiven[] = [
  ...denseLayers(2, [2, 2]),
  { type: "add", shape: [2], inputs: ["dense1", "dense2"] },
];
const LAYOUT = tidy(runOf({ features: ["x1", "x2"], layers }));
const SKIP = LAYOUT.bundles.findIndex(({ kind }) => kind === "skip");
const way = (shown: Shown) => painted((context) => drawWay(context, pictureOf(LAYOUT, shown), SKIP));
const sum = (shown: Shown, at = 3) =>
  painted((context) => drawOperators(context, pictureOf(LAYOUT, shown), LAYOUT.columns[at]!));

describe("a way around other columns", () => {
  it("runs below them with round corners, pale before its numbers are there", () => {
    expect([way({}), way({ bundles: { [SKIP]: { arrived: true } } })]).toEqual([
      [
        "line ink 1.4 at 0.18: from 150,100 corner 150,150 towards 330,150 r10 corner 330,150 towards 330,40 r10 to 330,40",
      ],
      [
        "line ink 1.4 at 0.55: from 150,100 corner 150,150 towards 330,150 r10 corner 330,150 towards 330,40 r10 to 330,40",
      ],
    ]);
  });

  it("carries the gradient back in dots as large as the largest, with a head up into where it came from", () => {
    expect(way({ bundles: { [SKIP]: { arrived: true, flowed: true, ride: [0, -1e-3] } } }).slice(1)).toEqual([
      "line backward 2.65 dash 0 7 at 0.65: from 150,100 corner 150,150 towards 330,150 r10 corner 330,150 towards 330,40 r10 to 330,40",
      "fill backward: from 150,99 to 146.5,105 to 153.5,105",
    ]);
  });

  it("is ink and wide where it is pointed at", () => {
    expect(way({ hover: { kind: "way", bundle: SKIP } })[0]!.split(":")[0]).toBe("line ink 2");
  });
});

describe("the sign of an operator", () => {
  it("stands in a circle before each unit, with a line into it: grey before its values, then ink", () => {
    expect([sum({}).slice(0, 4), sum({ columns: { 3: { values: [1, 1] } } }).slice(0, 4)]).toEqual([
      [
        "fill paper: circle 326,40 r7",
        "line mute 1.1: circle 326,40 r7",
        "line mute 1.1: from 333,40 to 340,40",
        "write mute center middle: “+” 326,40.5",
      ],
      [
        "fill paper: circle 326,40 r7",
        "line ink 1.1: circle 326,40 r7",
        "line ink 1.1: from 333,40 to 340,40",
        "write ink center middle: “+” 326,40.5",
      ],
    ]);
  });

  it("has the backward phase's colour once its gradient is there", () => {
    expect(sum({ columns: { 3: { values: [1, 1], delta: [1, 1] } } }).slice(0, 4)).toEqual([
      "fill paper: circle 326,40 r7",
      "line backward 1.1: circle 326,40 r7",
      "line backward 1.1: from 333,40 to 340,40",
      "write ink center middle: “+” 326,40.5",
    ]);
  });

  it("stands before no other layer", () => {
    expect(sum({}, 1)).toEqual([]);
  });
});

describe("a link between two columns", () => {
  const linked: LayerGiven[] = [{ type: "reshape", shape: [2, 2] }];
  const layout = tidy(runOf({ features: ["a", "b", "c", "d"], layers: linked }));
  const at = layout.bundles.findIndex(({ kind }) => kind === "link");
  const link = (shown: Shown) => painted((context) => drawLink(context, pictureOf(layout, shown), at));

  it("is a fan from the whole of one to the whole of the other with a line through its middle", () => {
    expect([middles(layout.bundles[at]!), link({ bundles: { [at]: { arrived: true } } })]).toEqual([
      [100, 47.5],
      [
        "fill ink at 0.06: from 63,30 curve 100,30 100,35 to 137,35 to 137,60 curve 100,60 100,170 to 63,170 close",
        "line ink 1 at 0.42: from 63,100 curve 100,100 100,47.5 to 137,47.5",
      ],
    ]);
  });

  it("carries the gradient back to the left", () => {
    const scene = { arrived: true, flowed: true, ride: [1, 0, 0, 0] };
    expect(link({ bundles: { [at]: scene } }).slice(2)).toEqual([
      "line backward 3.8 dash 0 7: from 66,100 curve 101.5,100 101.5,47.5 to 137,47.5",
      "fill backward: from 61,100 to 67,96.5 to 67,103.5",
    ]);
  });
});
