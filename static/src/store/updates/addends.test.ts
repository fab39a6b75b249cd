import { expect, test } from "vitest";
import { Addends } from "./addends.svelte";

const cells = ["w.exp_avg.next", "w.scale"].map((value) => ({ value, index: [2, 7] }));
const terms = [{ product: -0.9 }, { product: 0.1 }];
const client = {
  derivation: (_id: string, _t: number, { value }: { value: string }) =>
    value === "w.scale" ? Promise.reject(new Error("not recorded")) : Promise.resolve({ terms }),
} as unknown as ConstructorParameters<typeof Addends>[0];

test("the addends of each cell are told, and none where the server has none", async () => {
  const addends = new Addends(client);
  await addends.look("run1", 3, cells, new AbortController().signal);
  expect([...addends.of]).toEqual([
    ["w.exp_avg.next", terms],
    ["w.scale", []],
  ]);
});

test("what is no longer wanted changes nothing", async () => {
  const addends = new Addends(client);
  const left = new AbortController();
  const looking = addends.look("run1", 3, cells, left.signal);
  left.abort();
  await looking;
  expect(addends.of.size).toBe(0);
});
