import { describe, expect, it } from "vitest";
import { subjectOf } from "../common/valueNames";
import { NAMES } from "../network/testing/names";
import { concerns, offset, sameCell, touches, unravel } from "./cells";

describe("cells", () => {
  it.each([
    ["dense1.weight", "dense1.weight"],
    ["dense1.weight.grad", "dense1.weight"],
    ["dense1.weight.exp_avg.next", "dense1.weight"],
    ["dense2.z.grad", "dense2.z"],
    ["loss.grad", "loss"],
    ["x.grad", "x"],
    ["optimizer.learning_rate", "optimizer.learning_rate"],
    ["loss", "loss"],
  ])("%s is about %s", (name, about) => {
    expect(subjectOf(NAMES, name)).toBe(about);
  });

  it("lights a weight for its gradient, but only in the same place", () => {
    const cell = { value: "dense1.weight.grad", index: [1, 0] };
    expect([
      concerns(NAMES, cell, "dense1.weight", [1, 0]),
      concerns(NAMES, cell, "dense1.weight", [0, 1]),
      touches(cell, "dense1.weight", [1, 0]),
      touches(cell, "dense1.weight.grad", [1, 0]),
    ]).toEqual([true, false, false, true]);
  });

  it("lets a whole value touch each of its cells", () => {
    expect(touches({ value: "dense1.z", index: [] }, "dense1.z", [3, 1])).toBe(true);
  });

  it("tells a whole value from one of its cells", () => {
    expect([
      sameCell({ value: "x", index: [] }, { value: "x", index: [0, 0] }),
      sameCell({ value: "x", index: [0, 1] }, { value: "x", index: [0, 1] }),
      sameCell(null, { value: "x", index: [] }),
    ]).toEqual([false, true, false]);
  });

  it("finds each element's place and back", () => {
    const places = Array.from({ length: 24 }, (_, at) => offset([2, 3, 4], unravel([2, 3, 4], at)));
    expect(places).toEqual(Array.from({ length: 24 }, (_, at) => at));
  });
});
