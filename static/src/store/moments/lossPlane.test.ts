import { expect, it } from "vitest";
import { held, LossPlane } from "./lossPlane.svelte";

it("holds a power of two of iterations, so that the plane rests while the path grows", () => {
  expect([0, 127, 128, 255, 256].map(held)).toEqual([128, 128, 256, 256, 512]);
});

it("says of which run a plane is, and has none where there is none", async () => {
  const answers = {
    plane: async (run: string) =>
      run === "layers" ? Promise.reject(new Error("404")) : { names: ["x", "y"] },
  };
  const source = new LossPlane(answers as unknown as ConstructorParameters<typeof LossPlane>[0]);
  await source.look("valley", 128, new AbortController().signal);
  expect(source.plane).toEqual({ run: "valley", plane: { names: ["x", "y"] } });
  await source.look("layers", 128, new AbortController().signal);
  expect(source.plane).toBeNull();
});
