import { describe, expect, it } from "vitest";
import type { Run } from "../api/types";
import { layoutNetwork } from "./networkLayout";
import { occupied, placeTip } from "./networkTip";

const layers = [4, 3, 1].map((units, at) => ({
  name: `dense${at + 1}`,
  title: `dense ${at + 1}`,
  units,
  activation: "tanh",
  a: `dense${at + 1}.a`,
}));
const run = { features: ["x1", "x2"], classes: [], loss: { name: "mse" }, layers } as unknown as Run;
const layout = layoutNetwork(run, 832, 534);
const SIZE = { width: 110, height: 38 };

describe("a tip in the network", () => {
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

  it("stays inside the picture", () => {
    for (const wanted of [
      { x: -50, y: -50 },
      { x: 900, y: 600 },
    ]) {
      const { x, y } = placeTip(layout, wanted, SIZE);
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(x + SIZE.width).toBeLessThanOrEqual(layout.width);
      expect(y + SIZE.height).toBeLessThanOrEqual(layout.height);
    }
  });
});
