import { describe, expect, it } from "vitest";
import type { Picture } from "../paint/picture";
import { painted, pictureOf, type Shown, tidy } from "../testing/pictures";
import { denseRun, stepsOf } from "../testing/runs";
import { Painter } from "./painter";

const STEPS = stepsOf([
  ["forward", "dense1", "dense1.z", ["x", "dense1.weight"]],
  ["forward", "dense2", "dense2.z", ["dense1.a", "dense2.weight"]],
  ["backward", "dense3", "dense2.a.grad", [], [5, 1]],
]);
/** Columns of 20 with 100 from one to the next, the first at 50. */
const LAYOUT = tidy(denseRun(["x"], 1, 1, 1), STEPS);
const still = pictureOf(LAYOUT);
const shows = (shown: Shown): Picture => ({ ...pictureOf(LAYOUT, shown), bitmaps: still.bitmaps });
const pulse = (progress: number) =>
  ({ flow: { kind: "edges", bundles: [0], back: false }, phase: "forward", output: "", progress }) as const;

/** What is painted for each picture after the first: of the paper, which parts. */
function parts(...pictures: Picture[]): string[][] {
  const painter = new Painter();
  painted((context) => painter.paint(context, still, 1));
  return pictures.map((picture) =>
    painted((context) => painter.paint(context, picture, 1)).filter((line) =>
      /clip: box \S+ \d+x200$|clear/.test(line),
    ),
  );
}
const ALL = ["clear: box 0,0 500x200"];
const part = (from: number, across: number) => [`clip: box ${from},0 ${across}x200`, ...ALL];

describe("a network is painted again", () => {
  it("not at all where nothing is otherwise, whatever arrays the same numbers stand in", () => {
    const columns = (values: number[]) => shows({ columns: { 1: { values } } });
    expect(parts(shows({}), columns([1]), columns([1]))).toEqual([[], part(50, 200), []]);
  });

  it("around a column whose numbers are others", () => {
    expect(parts(shows({ columns: { 2: { delta: [0.5] } } }))).toEqual([part(150, 200)]);
  });

  it("around the connection on which a pulse goes, and where it was when it is over", () => {
    const gap = part(50, 100);
    expect(parts(shows({ pulses: [pulse(0.2)] }), shows({ pulses: [pulse(0.4)] }), shows({}))).toEqual([
      gap,
      gap,
      gap,
    ]);
  });

  it("where the number appears that a pulse brings, and not for a pulse that waits", () => {
    const coming = { ...pulse(0), flow: { kind: "none" }, output: "dense2.a.grad" } as const;
    const pictures = [0, 0, 0.5].map((progress) => shows({ pulses: [{ ...coming, progress }] }));
    expect(parts(...pictures)).toEqual([part(250, 100), [], part(250, 100)]);
  });

  it("in several parts that are far from one another", () => {
    const columns = { 0: { values: [1] }, 4: { phase: "loss" } } as const;
    expect(parts(shows({ columns }))).toEqual([[...part(0, 150), ...part(350, 150)]]);
  });

  it("as a whole where most of it is otherwise, or what is pointed at", () => {
    const columns = Object.fromEntries([0, 1, 2, 3, 4].map((at) => [at, { values: [1] }]));
    const hover = { kind: "unit", column: 1, unit: 0 } as const;
    expect(parts(shows({ columns }), shows({ columns, hover }))).toEqual([ALL, ALL]);
  });

  it("as a whole where something else is spoken of", () => {
    const row = (unit: number): Picture => ({ ...still, row: new Map([[1, new Set([unit])]]) });
    expect(parts(row(0), row(0), row(1)).map((lines) => lines.length)).toEqual([1, 0, 1]);
  });

  it("as a whole once it was forgotten", () => {
    const painter = new Painter();
    painted((context) => painter.paint(context, still, 1));
    painter.forget();
    expect(painted((context) => painter.paint(context, still, 1))[0]).toBe(ALL[0]);
  });
});
