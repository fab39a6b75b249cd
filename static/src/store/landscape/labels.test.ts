import { expect, it } from "vitest";
import type { Spot } from "./contours";
import { boxesFor, cut, labelsOf } from "./labels";

const straight = (from: number, to: number, y: number): Spot[] =>
  Array.from({ length: (to - from) / 8 + 1 }, (_, i) => [from + 8 * i, y]);
const SIZE: Spot = [400, 300];

it("a number stands upright on its line, far from dots, the edge and other numbers", () => {
  const taken: Spot[] = [[100, 150]];
  const lines = [
    { text: "0.5", spots: straight(0, 400, 150) },
    { text: "1", spots: straight(0, 400, 160).toReversed() },
  ];
  const labels = labelsOf(lines, taken, SIZE);
  expect(labels.map(({ text, angle }) => [text, Math.abs(angle)])).toEqual([
    ["0.5", 0],
    ["1", 0],
  ]);
  const [one, two] = labels as [(typeof labels)[0], (typeof labels)[0]];
  expect(Math.hypot(one.x - two.x, one.y - two.y)).toBeGreaterThan(70);
  for (const { x, y } of labels) expect(Math.hypot(x - 100, y - 150)).toBeGreaterThan(22);
});

it("a short line, or one without a free place, has no number", () => {
  const crowd = straight(0, 400, 150);
  expect(labelsOf([{ text: "1", spots: straight(100, 140, 150) }], [], SIZE)).toEqual([]);
  expect(labelsOf([{ text: "1", spots: crowd }], crowd, SIZE)).toEqual([]);
});

it("the line is left out under its number", () => {
  const parts = cut(straight(0, 400, 150), [{ text: "1", x: 200, y: 150, angle: 0 }]);
  expect(parts.map((part) => [part[0]![0], part.at(-1)![0]])).toEqual([
    [0, 184],
    [216, 400],
  ]);
});

it("boxes at the ends of paths hide neither each other nor dots nor leave the picture", () => {
  const dots: Spot[] = straight(100, 196, 100).map(([x]) => [x, 100]);
  const end = { spot: [200, 100] as Spot, width: 80, height: 24 };
  const [one, two] = boxesFor([end, { ...end, spot: [204, 104] }], dots, SIZE) as [Box, Box];
  const overlap =
    one.x < two.x + two.width &&
    two.x < one.x + one.width &&
    one.y < two.y + two.height &&
    two.y < one.y + one.height;
  expect(overlap).toBe(false);
  for (const { x, y, width, height } of [one, two]) {
    expect(
      dots.filter((dot) => dot[0] > x && dot[0] < x + width && dot[1] > y && dot[1] < y + height),
    ).toEqual([]);
    expect([x > 0, y > 0, x + width < SIZE[0], y + height < SIZE[1]]).toEqual([true, true, true, true]);
  }
});
type Box = ReturnType<typeof boxesFor>[number];
