import { describe, expect, it } from "vitest";
import { pointOn } from "../layout/edgeCurve";
import { layoutNetwork } from "../layout/layoutNetwork";
import { occupied } from "../layout/written";
import { denseRun } from "../testing/runs";
import { leader, placeTip } from "./tooltipPlace";

const run = denseRun(["x1", "x2"], 4, 3, 1);
const layout = layoutNetwork(run, [], 832, 534);
const SIZE = { width: 110, height: 38 };

/** A pinned edge with its gradient while one sample is on show, in the picture's smallest window. */
const WIDE = { width: 156, height: 38 };
const small = layoutNetwork(run, [], 728, 450);
const covered = (x: number, y: number) =>
  occupied(small).reduce((sum, box) => {
    const across = Math.min(x + WIDE.width, box.x + box.width) - Math.max(x, box.x);
    const down = Math.min(y + WIDE.height, box.y + box.height) - Math.max(y, box.y);
    return sum + Math.max(0, across) * Math.max(0, down);
  }, 0);

describe("a tip in the network", () => {
  it.each([0, 1, 2])("finds a free place for the %ith unit's edges, also where there is little room", (j) => {
    for (let k = 0; k < 4; k++) {
      const { x, y } = pointOn(small.bundles[1]!, j, k, 0.5);
      const corner = placeTip(small, { x: x - WIDE.width / 2, y: y - 8 - WIDE.height }, WIDE);
      expect(covered(corner.x, corner.y)).toBeLessThan(40); // a corner of some pixels
    }
  });

  it("is joined by a line to what it is not beside", () => {
    const tip = { x: 100, y: 50, width: 40, height: 20 };
    expect([leader({ x: 120, y: 80 }, tip), leader({ x: 90, y: 170 }, tip)]).toEqual([
      null,
      [
        { x: 90, y: 170 },
        { x: 100, y: 70 },
      ],
    ]);
  });

  it("stays where it is wanted if nothing is there", () => {
    expect(placeTip(layout, { x: 90, y: 80 }, SIZE)).toEqual({ x: 90, y: 80 });
  });

  it("steps aside from what it would cover", () => {
    const [unit] = occupied(layout).slice(4);
    const { x, y } = placeTip(layout, { x: unit!.x, y: unit!.y }, SIZE);
    for (const box of occupied(layout)) {
      const beside = x >= box.x + box.width || x + SIZE.width <= box.x;
      expect(beside || y >= box.y + box.height || y + SIZE.height <= box.y).toBe(true);
    }
  });

  it("stands clear of the other tip", () => {
    const pinned = { x: 90, y: 80, ...SIZE };
    const { x, y } = placeTip(layout, { x: 90, y: 80 }, SIZE, pinned);
    expect(Math.abs(x - 90) >= SIZE.width || Math.abs(y - 80) >= SIZE.height).toBe(true);
  });

  it("stays inside the picture", () => {
    for (const wanted of [
      { x: -50, y: -50 },
      { x: 900, y: 600 },
    ]) {
      const { x, y } = placeTip(layout, wanted, SIZE);
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(38); // where the sample picker ends
      expect(x + SIZE.width).toBeLessThanOrEqual(layout.width);
      expect(y + SIZE.height).toBeLessThanOrEqual(layout.height);
    }
  });
});
