import { describe, expect, it } from "vitest";
import { moved, nearest, placed, tableOf } from "./points";

const TWO = placed(placed([], 1, 2, 0), -9, 3.456, 1);

describe("points drawn by hand", () => {
  it("stay inside the plane, at two decimals", () => {
    expect(TWO).toEqual([
      { x: 1, y: 2, label: 0 },
      { x: -6, y: 3.46, label: 1 },
    ]);
  });
  it("move one at a time", () => {
    expect(moved(TWO, 1, 0.5, 0)[1]).toEqual({ x: 0.5, y: 0, label: 1 });
  });
  it("are found by the place next to them", () => {
    expect([nearest(TWO, 1.1, 2, 0.3), nearest(TWO, 3, 3, 0.3), nearest([], 0, 0, 1)]).toEqual([0, -1, -1]);
  });
  it("are a table once there are two classes", () => {
    expect([tableOf(TWO), tableOf(TWO.slice(1))]).toEqual(["x1,x2,class\n1,2,A\n-6,3.46,B", ""]);
  });
});
