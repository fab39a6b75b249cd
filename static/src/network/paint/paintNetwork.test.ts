import { expect, it } from "vitest";
import { numbers, painted, pictureOf, tidy } from "../testing/pictures";
import { denseRun } from "../testing/runs";
import { paint } from "./paintNetwork";

it("the picture is painted back to front: edges, then what moves on them, then the units in their order", () => {
  const layout = tidy(denseRun(["x"], 1));
  const flow = { kind: "edges", bundles: [0], back: false } as const;
  const pulses = [{ flow, phase: "forward", output: "dense1.z", progress: 0.5 } as const];
  const scene = { columns: { 0: { values: [1] } }, bundles: { 0: { weight: numbers([1, 1], 1) } } };
  const lines = painted((context) => paint(context, pictureOf(layout, { pulses, ...scene })));
  expect(lines.filter((line) => !/clip|fill [+0]/.test(line))).toEqual([
    "clear: box 0,0 300x200",
    "line positive 2.5 at 0.46: from 60,40 curve 100,40 100,40 to 140,40",
    "line ink 1.4 at 0.16: from 160,40 curve 200,40 200,40 to 240,40",
    "fill forward: circle 100,40 r6",
    "fill card: box 40,30 20x20 r5",
    "line hair 1: box 40,30 20x20 r5",
    "fill card: box 140,30 20x20 r5",
    "line hair 1: box 140,30 20x20 r5",
    "fill card: circle 250,40 r10",
    "line ink 1.6 at 0.25: circle 250,40 r10",
  ]);
});
