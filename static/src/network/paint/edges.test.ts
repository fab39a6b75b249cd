import { describe, expect, it } from "vitest";
import { numbers, painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { denseLayers, denseRun, runOf } from "../testing/runs";
import { drawEdges } from "./edges";

const LAYOUT = tidy(denseRun(["x1", "x2"], 2));
const WEIGHT = numbers([2, 2], 1, -1, 0.5, 0);
const one = (...data: number[]) => edges({ bundles: { 0: { weight: numbers([2, 2], ...data) } } });
const edges = (shown: Shown, at = 0) =>
  painted((context) => drawEdges(context, pictureOf(LAYOUT, shown), at));

describe("an edge", () => {
  it("is blue where its weight is positive and red where it is negative, wide and strong by its size", () => {
    expect(edges({ bundles: { 0: { weight: WEIGHT } } })).toEqual([
      "line positive 2.5 at 0.46: from 60,40 curve 100,40 100,40 to 140,40",
      "line negative 2.5 at 0.46: from 60,80 curve 100,80 100,40 to 140,40",
      "line positive 1.5 at 0.31: from 60,40 curve 100,40 100,80 to 140,80",
      "line positive 0.5 at 0.16: from 60,80 curve 100,80 100,80 to 140,80",
    ]);
  });

  it("is dashed in ink where its weight is no number, and never wider than nine pixels", () => {
    expect(one(Number.NaN, 100, -100, Number.NEGATIVE_INFINITY)).toEqual([
      "line ink 1.5 dash 4 3: from 60,40 curve 100,40 100,40 to 140,40",
      "line positive 9 at 0.46: from 60,80 curve 100,80 100,40 to 140,40",
      "line negative 9 at 0.46: from 60,40 curve 100,40 100,80 to 140,80",
      "line ink 1.5 dash 4 3: from 60,80 curve 100,80 100,80 to 140,80",
    ]);
  });

  it("carries its gradient back in dots of the backward phase, none where there is none, with heads to the left", () => {
    const grad = numbers([2, 2], 1, -1e-3, 0, 1e-6);
    expect(edges({ bundles: { 0: { weight: WEIGHT, grad } } }).slice(4)).toEqual([
      "line backward 2.13 dash 0 4.67: from 60,40 curve 100,40 100,40 to 140,40",
      "line backward 1.37 dash 0 4.67 at 0.65: from 60,80 curve 100,80 100,40 to 140,40",
      "line backward 0.6 dash 0 4.67 at 0.3: from 60,80 curve 100,80 100,80 to 140,80",
      "fill backward: from 61,40 to 67,36.5 to 67,43.5 from 61,80 to 67,76.5 to 67,83.5",
    ]);
  });

  it("carries its change in dots of the update phase, in place of the gradient", () => {
    const [grad, change] = [numbers([2, 2], 1, 1, 1, 1), numbers([2, 2], 0.1, 0, 0, 0)];
    expect(edges({ bundles: { 0: { weight: WEIGHT, grad, change } } }).slice(4)).toEqual([
      "line update 1.88 dash 0 4.67 at 0.88: from 60,40 curve 100,40 100,40 to 140,40",
    ]);
  });

  it("carries nothing while iterations fly by", () => {
    const grad = numbers([2, 2], 1, 1, 1, 1);
    expect(edges({ rides: false, bundles: { 0: { weight: WEIGHT, grad } } }).slice(4)).toEqual([]);
  });

  it("appears with what has just been computed", () => {
    const grad = numbers([2, 2], 1, 0, 0, 0);
    const shown = { fade: (value: string) => (value === "dense1.weight.grad" ? 0.5 : 1) };
    const scene = { weight: WEIGHT, grad, partName: "dense1.weight.grad" };
    expect(edges({ ...shown, bundles: { 0: scene } })[4]).toEqual(
      "line backward 2.13 dash 0 4.67 at 0.5: from 60,40 curve 100,40 100,40 to 140,40",
    );
  });

  it("that is pinned is drawn last, at full strength on a rim of ink; one that is pointed at without the rim", () => {
    const target = { kind: "edge", bundle: 0, weight: "dense1.weight", j: 1, k: 0 } as const;
    const scene = { bundles: { 0: { weight: WEIGHT } } };
    expect([
      edges({ pinned: target, ...scene }).slice(3),
      edges({ hover: target, ...scene }).slice(3),
    ]).toEqual([
      [
        "line ink 4.5: from 60,40 curve 100,40 100,80 to 140,80",
        "line positive 1.5: from 60,40 curve 100,40 100,80 to 140,80",
      ],
      ["line positive 1.5: from 60,40 curve 100,40 100,80 to 140,80"],
    ]);
  });
});

describe("a line to the loss", () => {
  it("is pale before its number is there", () => {
    expect(edges({ bundles: { 1: { arrived: false } } }, 1)).toEqual([
      "line ink 0.8 at 0.16: from 160,40 curve 200,40 200,40 to 240,40 from 160,80 curve 200,80 200,40 to 240,40",
    ]);
  });

  it("is dark once it is, and carries the gradient of its unit", () => {
    expect(edges({ bundles: { 1: { arrived: true, ride: [0.1, 0] } } }, 1)).toEqual([
      "line ink 0.8 at 0.9: from 160,40 curve 200,40 200,40 to 240,40 from 160,80 curve 200,80 200,40 to 240,40",
      "line backward 1.88 dash 0 4.67 at 0.88: from 160,40 curve 200,40 200,40 to 240,40",
      "fill backward: from 161,40 to 167,36.5 to 167,43.5 from 161,80 to 167,76.5 to 167,83.5",
    ]);
  });
});

describe("edges of a folded layer", () => {
  const folded = tidy(runOf({ features: ["x1", "x2"], layers: denseLayers(2, [13, 2]) }));
  const weight = numbers([2, 13], ...Array.from({ length: 26 }, (_, i) => (i % 2 ? -1 : 1)));
  const around = (shown: Shown) =>
    painted((context) => drawEdges(context, pictureOf(folded, { bundles: { 1: { weight } }, ...shown }), 1));

  it("are not drawn, but around what is pinned, and there stronger", () => {
    const lines = around({ pinned: { kind: "unit", column: 2, unit: 1 } });
    expect([around({}), lines.length, lines[0]]).toEqual([
      [],
      13,
      "line negative 2.5 at 0.76: from 160,40 curve 200,40 200,80 to 240,80",
    ]);
  });
});
