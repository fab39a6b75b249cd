import { describe, expect, it } from "vitest";
import { painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { denseLayers, type LayerGiven, runOf, stepsOf } from "../testing/runs";
import { drawBlock, panels } from "./cells";

const T = (type: string, shape: number[], more: Partial<LayerGiven> = {}): LayerGiven => ({
  type,
  shape,
  ...more,
});
const features = (count: number) =>
  Array.from({ length: count }, (_, i) => `row ${Math.floor(i / 4)} column ${i % 4}`);
const block = (layout: ReturnType<typeof tidy>, at: number, shown: Shown) =>
  painted((context) => drawBlock(context, pictureOf(layout, shown), at));

describe("an image of the inputs", () => {
  const layout = tidy(runOf({ features: features(16), layers: denseLayers(16, [2]) }));

  it("is drawn in ink: the least value not at all, the greatest fully", () => {
    const values = Array.from({ length: 16 }, (_, i) => i / 15);
    expect(block(layout, 0, { columns: { 0: { values } } })).toEqual([
      "fill card: box 30,20 40x40",
      "image: box 30,20 40x40 [· ink 0.07 ink 0.13 ink 0.2 | ink 0.27 ink 0.33 ink 0.4 ink 0.47 | ink 0.53 ink 0.6 ink 0.67 ink 0.73 | ink 0.8 ink 0.87 ink 0.93 ink]",
      "line hair 1: box 29.5,19.5 41x41",
    ]);
  });
});

describe("maps", () => {
  const layout = tidy(runOf({ features: features(16), layers: [T("reshape", [2, 2, 4])] }));
  const values = [1, 0, 0, 0, 0, 0, 0, -1, 0.5, 0, 0, 0, 0, 0, 0, 0];

  it("are as many as there are channels, their cells coloured by sign", () => {
    expect(block(layout, 1, { columns: { 1: { values } } })).toEqual([
      "fill card: box 130,30 40x20",
      "fill card: box 130,55 40x20",
      "image: box 130,30 40x20 [+1.00 0 0 0 | 0 0 0 −1.00]",
      "image: box 130,55 40x20 [+0.50 0 0 0 | 0 0 0 0]",
      "line hair 1: box 129.5,29.5 41x21",
      "line hair 1: box 129.5,54.5 41x21",
    ]);
  });

  it("have a rim and a dot in each cell once their gradient is there, larger for a larger one", () => {
    const delta = values.map((x, i) => (i === 7 ? -1e-3 : x));
    const lines = block(layout, 1, { columns: { 1: { values, delta, phase: "backward" } } });
    expect(lines.filter((line) => line.includes("backward"))).toEqual([
      "line backward 2.5: box 129,29 42x22",
      "line backward 2.5: box 129,54 42x22",
      "fill backward: from 138.1,35 circle 135,35 r3.1 from 166.8,45 circle 165,45 r1.8 from 137.97,60 circle 135,60 r2.97",
    ]);
  });

  it("have the cell that is meant outlined, wider where it is pinned", () => {
    const cell = { kind: "unit", column: 1, unit: 9 } as const;
    const last = (shown: Shown) => block(layout, 1, shown).at(-1);
    expect([last({ hover: cell }), last({ pinned: cell })]).toEqual([
      "line ink 1.5: box 139.5,54.5 11x11",
      "line ink 2.5: box 139.5,54.5 11x11",
    ]);
  });
});

describe("a sequence", () => {
  const layout = tidy(runOf({ features: features(6), layers: [T("reshape", [3, 2])] }));

  it("goes from left to right, what stands at a position from top to bottom", () => {
    const values = [1, -1, 0.5, -0.5, 0.25, 0];
    expect(block(layout, 1, { columns: { 1: { values } } })[1]).toEqual(
      "image: box 135,35 30x20 [+1.00 +0.50 +0.25 | −1.00 −0.50 0]",
    );
  });
});

describe("a recurrent layer", () => {
  const steps = stepsOf([
    ["forward", "rnn1", "rnn1.h1", [], [5, 2]],
    ["forward", "rnn1", "rnn1.h2", [], [5, 2]],
  ]);
  const layers = [T("embedding", [2, 2], { parameters: { weight: [3, 2] } }), T("rnn", [2])];
  const layout = tidy(runOf({ features: ["a", "b"], layers }), steps);
  const values = [1, 0, -1, 0.5];

  it("has its moments apart, with an arrow from each to the next", () => {
    const lines = block(layout, 2, { columns: { 2: { values } } });
    expect([panels(layout.columns[2]!), lines.slice(2)]).toEqual([
      [
        {
          height: 20,
          width: 10,
          x: 237,
          y: 35,
        },
        {
          height: 20,
          width: 10,
          x: 253,
          y: 35,
        },
      ],
      [
        "image: box 237,35 10x20 [+1.00 | 0]",
        "image: box 253,35 10x20 [−1.00 | +0.50]",
        "line hair 1: box 236.5,34.5 11x21",
        "line hair 1: box 252.5,34.5 11x21",
        "line mute 1: from 248,45 to 252,45 from 250,42.5 to 252.5,45 to 250,47.5",
      ],
    ]);
  });

  it("has a rim only around the moments that the gradient has come back to", () => {
    const delta = [Number.NaN, Number.NaN, 0.1, 0];
    const lines = block(layout, 2, { columns: { 2: { values, delta } } });
    expect(lines.filter((line) => line.includes("line backward"))).toEqual([
      "line backward 1.5: box 252,34 12x22",
    ]);
  });

  it("has its tokens written into their cells", () => {
    const lines = block(layout, 0, { columns: { 0: { values: [2, 0] } } });
    expect(lines.filter((line) => line.startsWith("write"))).toEqual([
      "write ink center middle: “2” 45,40.5",
      "write ink center middle: “0” 55,40.5",
    ]);
  });
});
