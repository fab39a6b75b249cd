import { expect, it } from "vitest";
import { held, LossPlane, reachOf } from "./lossPlane.svelte";

it("holds a power of two of iterations, so that the plane rests while the path grows", () => {
  expect([0, 127, 128, 255, 256].map(held)).toEqual([128, 128, 256, 256, 512]);
});

it("says of which run a plane is, and has none where there is none", async () => {
  const answers = {
    plane: async (run: string) =>
      run === "layers" ? Promise.reject(new Error("404")) : { names: ["x", "y"] },
  };
  const source = new LossPlane(answers as unknown as ConstructorParameters<typeof LossPlane>[0]);
  await source.look("valley", { to: 128 }, new AbortController().signal);
  expect(source.plane).toEqual({ run: "valley", plane: { names: ["x", "y"] } });
  await source.look("layers", { to: 128 }, new AbortController().signal);
  expect(source.plane).toBeNull();
});

it("reaches as far as the way of another run did while its numbers were finite", () => {
  const ghost = {
    run: "before",
    formula: "L = x + y",
    x: [3, -1, Number.POSITIVE_INFINITY],
    y: [2, Number.NaN, 5],
  };
  expect(reachOf(ghost)).toEqual({ x_from: -1, x_to: 3, y_from: 2, y_to: 5 });
  expect(reachOf(null)).toEqual({});
});
