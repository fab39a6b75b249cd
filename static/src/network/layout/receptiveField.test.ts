import { expect, it } from "vitest";
import { tidy } from "../testing/pictures";
import { runOf } from "../testing/runs";
import { mapBox } from "./boxes";
import { windowOf } from "./receptiveField";

const windowed = (settings: { [name: string]: unknown }, size: number) => {
  const parameters = { weight: [1, 1, 2, 2], bias: [1] };
  const features = Array.from({ length: 16 }, (_, i) => `f${i}`);
  const reshape = { type: "reshape", shape: [1, 4, 4] };
  const layout = tidy(
    runOf({
      features,
      layers: [reshape, { type: "conv2d", shape: [1, size, size], kernel: [2, 2], parameters, ...settings }],
    }),
  );
  const { x, y, width, height } = { x: 130, y: layout.columns[1]!.ys[0]! - 20, width: 40, height: 40 };
  const image = layout.columns[1]!;
  const of = (unit: number) =>
    windowOf(layout, image, { kind: "unit", column: 2, unit }).map((box) => [
      (box.x - x) / 10,
      (box.y - y) / 10,
      box.width / 10,
      box.height / 10,
    ]);
  return { of, size: [width, height] };
};

it("the window of a cell begins as far on the image as the cell on its own, by steps of the stride", () => {
  const [one, two] = [windowed({}, 3), windowed({ stride: [2, 2] }, 2)];
  expect([one.of(5), two.of(1), two.of(2)]).toEqual([[[2, 1, 2, 2]], [[2, 0, 2, 2]], [[0, 2, 2, 2]]]);
});

it("a window spreads by its dilation, and what is padded is not on the image", () => {
  const [spread, padded] = [windowed({ dilation: [2, 2] }, 2), windowed({ padding: [1, 1] }, 5)];
  expect([spread.of(3), padded.of(0), padded.of(24)]).toEqual([
    [[1, 1, 3, 3]],
    [[0, 0, 1, 1]],
    [[3, 3, 1, 1]],
  ]);
});

it("the window of a cell of a sequence covers all that stands at its positions", () => {
  const reshape = { type: "reshape", shape: [5, 3] };
  const conv = {
    type: "conv1d",
    shape: [3, 2],
    kernel: 3,
    stride: 2,
    padding: 1,
    parameters: { weight: [2, 3, 3] },
  };
  const features = Array.from({ length: 15 }, (_, i) => `f${i}`);
  const layout = tidy(runOf({ features, layers: [reshape, conv] }));
  const column = layout.columns[1]!;
  const { cellWidth } = column.grid!;
  const whole = mapBox(column, 0);
  const of = (unit: number) => windowOf(layout, column, { kind: "unit", column: 2, unit });
  const stretch = (first: number, count: number) => [
    { ...whole, x: whole.x + first * cellWidth, width: count * cellWidth },
  ];
  expect([of(0), of(3), of(4)]).toEqual([stretch(0, 2), stretch(1, 3), stretch(3, 2)]);
});

it("no window is there for other columns", () => {
  const features = Array.from({ length: 16 }, (_, i) => `f${i}`);
  const layout = tidy(
    runOf({
      features,
      layers: [
        { type: "reshape", shape: [1, 4, 4] },
        { type: "activation", shape: [1, 4, 4] },
      ],
    }),
  );
  expect(windowOf(layout, layout.columns[1]!, { kind: "unit", column: 2, unit: 3 })).toEqual([]);
});
