import { expect, it } from "vitest";
import type { Run } from "../api/types";
import { NAMES } from "../network/testing/names";
import { layerNumbers } from "./layerNumbers";

it("says which layer a number above a letter stands for, where titles count each type by itself", () => {
  const layers = [
    { name: "dense1", title: "dense 1" },
    { name: "dropout1", title: "dropout 1" },
    { name: "dense2", title: "dense 2" },
  ];
  const step = { inputs: ["dense2.z.grad", "dense1.a"], output: "dense2.weight.grad" };
  expect(layerNumbers({ layers } as unknown as Run, NAMES, step)).toBe("(1) is dense 1, (3) is dense 2");
});
