import { expect, test } from "vitest";
import { fitted, gapsOf, opened, scaled, showing } from "./view";

const WINDOW = { width: 800, height: 400 };

test("a picture fits its window and stands in its middle", () => {
  expect(fitted({ width: 1600, height: 400 }, WINDOW)).toEqual({ scale: 0.5, x: 0, y: 100 });
  expect(fitted({ width: 400, height: 100 }, WINDOW)).toEqual({ scale: 1.25, x: 150, y: 137.5 });
});

test("what would be too small to read opens larger, at its left end", () => {
  expect(opened({ width: 1600, height: 400 }, WINDOW)).toEqual({ scale: 0.7, x: 0, y: 60 });
  expect(opened({ width: 1000, height: 400 }, WINDOW).scale).toBe(0.8);
});

test("a place stays where it is while the picture grows around it, between two bounds", () => {
  expect(scaled({ scale: 1, x: 0, y: 0 }, 2, { x: 100, y: 50 })).toEqual({ scale: 2, x: -100, y: -50 });
  expect(scaled({ scale: 2, x: 0, y: 0 }, 100, { x: 0, y: 0 }).scale).toBe(2.5);
});

test("a box comes into sight by the shortest way, and what is in sight stays", () => {
  const look = { scale: 1, x: 0, y: 0 };
  expect(showing(look, { x: 900, y: 50, width: 100, height: 60 }, WINDOW, [])).toEqual({
    scale: 1,
    x: -150,
    y: 0,
  });
  expect(showing(look, { x: 300, y: 50, width: 100, height: 60 }, WINDOW, [])).toEqual(look);
});

/** Eight columns of 100, 20 between them. */
const COLUMNS = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({ x: 60 + 120 * i, y: 50, width: 100, height: 60 }));
const GAPS = gapsOf(COLUMNS);

test("gaps lie amid the room between columns, whatever stands in one column and however wide it is", () => {
  const narrow = COLUMNS.map((box) => ({ ...box, width: 30 }));
  expect([GAPS, gapsOf([...narrow.toReversed(), ...COLUMNS])]).toEqual([
    [0, 120, 240, 360, 480, 600, 720, 840],
    [0, 120, 240, 360, 480, 600, 720, 840],
  ]);
  expect(gapsOf([])).toEqual([0]);
});

test("the picture moves by whole columns, both ways: none is cut at the left", () => {
  const looks = [
    showing({ scale: 1, x: 0, y: 0 }, COLUMNS[7]!, WINDOW, GAPS),
    showing({ scale: 1, x: -240, y: 0 }, COLUMNS[1]!, WINDOW, GAPS),
    showing({ scale: 0.5, x: -400, y: 0 }, COLUMNS[0]!, WINDOW, GAPS),
  ];
  expect(looks.map(({ x }) => x)).toEqual([-240, -120, 0]);
});

test("in a window narrower than two columns the box itself is whole", () => {
  const { x } = showing({ scale: 1, x: 0, y: 0 }, COLUMNS[4]!, { width: 105, height: 400 }, GAPS);
  expect(x).toBe(-480);
});
