import { describe, expect, it } from "vitest";
import { denseLayers, denseRun, type LayerGiven, runOf } from "../testing/runs";
import { unitBox } from "./boxes";
import { layoutNetwork } from "./layoutNetwork";
import { columnsApart, occupied, overlap, textWidth, titlesFit } from "./written";

const HEIGHT = 500;
const deep = (count: number) => denseRun(["x1", "x2"], ...new Array(count).fill(6), 1);
const widths = (run: ReturnType<typeof runOf>, ...windows: number[]) =>
  windows.map((width) => layoutNetwork(run, [], width, HEIGHT).width);

describe("a picture", () => {
  it("is as wide as its window where all columns have room, and wider where they have not", () => {
    const [roomy, narrow] = widths(deep(20), 1200, 390);
    expect([roomy, narrow! > 390]).toEqual([1200, true]);
  });

  it("keeps columns apart with all that is written at them, in any window", () => {
    const residual: LayerGiven[] = [
      ...denseLayers(2, [4, 4]),
      { type: "add", shape: [4], inputs: ["dense1", "dense2"] },
      ...denseLayers(4, [3]),
    ];
    const runs = [
      denseRun(["sepal length (cm)", "petal width (cm)"], 8, 3),
      deep(20),
      runOf({ features: ["x1", "x2"], layers: residual }),
    ];
    const layouts = runs.flatMap((run) =>
      [320, 390, 472, 728, 832].map((width) => layoutNetwork(run, [], width, HEIGHT)),
    );
    expect(layouts.map((layout) => [columnsApart(layout), titlesFit(layout)])).toEqual(
      layouts.map(() => [true, true]),
    );
  });

  it("leaves at least eight pixels between two columns, also in a small window", () => {
    const { columns } = layoutNetwork(deep(20), [], 390, HEIGHT);
    const gaps = columns
      .slice(1)
      .map(({ x, width }, at) => x - width / 2 - columns[at]!.x - columns[at]!.width / 2);
    expect(Math.min(...gaps) >= 8).toBe(true);
  });

  it("has titles by turns where one of them has a word that is too long for its column", () => {
    const layers: LayerGiven[] = [
      ...denseLayers(2, [4]),
      { type: "positional_encoding", shape: [4] },
      ...denseLayers(4, [4, 4, 1]),
    ];
    expect(layoutNetwork(runOf({ features: ["x1", "x2"], layers }), [], 420, HEIGHT).crowded).toBe(true);
  });
});

describe("what is written at a unit", () => {
  const layout = layoutNetwork(denseRun(["x1", "x2"], 4, 3, 1), [], 832, 534);
  const column = layout.columns[2]!;
  const [label, pill] = occupied({ ...layout, columns: [{ ...column, pills: "above" }] }).slice(1, 3);
  const box = unitBox(column, 0);

  it("stands below it, its gradient above its right corner", () => {
    expect([
      label!.y - box.y - box.height,
      pill!.y + pill!.height - box.y,
      pill!.x - box.x - box.width,
    ]).toEqual([3, -1, -8]);
  });

  it("has the gradient on the middle of its upper rim where there is no room beside it", () => {
    const [, , on] = occupied({ ...layout, columns: [{ ...column, pills: "on" }] });
    expect([on!.x + on!.width / 2 - column.x, on!.y - box.y]).toEqual([0, -3]);
  });
});

it("thin letters need less room than wide ones", () => {
  expect([
    textWidth("ill", 10) < textWidth("abc", 10),
    textWidth("abc", 10) < textWidth("mmm", 10),
    textWidth("ab", 20),
  ]).toEqual([true, true, 23.4]);
});

it("boxes overlap by the area that they share", () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  expect([overlap(box, { ...box, x: 6, y: 5 }), overlap(box, { ...box, x: 10 })]).toEqual([20, 0]);
});
