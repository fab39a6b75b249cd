import { expect, it } from "vitest";
import { OverTime, spacing } from "./overTime.svelte";

it("leaves no more iterations than are wanted, a power of two apart", () => {
  expect([1, 64, 65, 128, 129, 1000].map((to) => spacing(to, 64))).toEqual([1, 1, 2, 2, 4, 16]);
});

it("keeps no answer that nobody waits for any more, and says why there is none", async () => {
  const course = { iterations: [0], layers: [] };
  const answers = {
    layers: async () => course,
    distribution: async () => Promise.reject(new Error("too many cells")),
  };
  const past = new OverTime(answers as unknown as ConstructorParameters<typeof OverTime>[0]);
  const given = new AbortController();
  given.abort();
  await past.look("run", 9, given.signal);
  expect(past.course).toBeNull();
  await past.look("run", 9, new AbortController().signal);
  expect([past.course, past.refused]).toEqual([course, null]);
  await past.spreadOf("run", "x", 9, "log", new AbortController().signal);
  expect([past.spread, past.refused]).toEqual([null, "too many cells"]);
});
