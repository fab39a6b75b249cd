import { expect, it } from "vitest";
import type { RunConfig } from "../../api/types";
import { storageOf } from "../../testing/storage";
import { Recent, type Seen } from "./recent.svelte";

const seen = (seed: number, iteration = 0): Seen => ({
  id: `run${seed}`,
  title: `seed ${seed}`,
  config: { seed, edits: [] } as unknown as RunConfig,
  iteration,
  step: 0,
  when: 1,
});

storageOf("localStorage");

it("keeps the last runs, each at the place where it was left, after a reload too", () => {
  const recent = new Recent();
  for (const seed of [1, 2, 3, 4, 5, 6]) recent.note(seen(seed));
  recent.note(seen(4, 9));
  expect(new Recent().list.map(({ id, iteration }) => [id, iteration])).toEqual([
    ["run4", 9],
    ["run6", 0],
    ["run5", 0],
    ["run3", 0],
    ["run2", 0],
  ]);
});

it("keeps what another tab kept, and nothing once it is off", () => {
  const [here, there] = [new Recent(), new Recent()];
  there.note(seen(1));
  here.note(seen(2));
  const both = here.list.map(({ id }) => id);
  there.switch(true);
  here.note(seen(3));
  expect([both, here.list, here.off]).toEqual([["run2", "run1"], [], true]);
});

it("drops what is no place", () => {
  localStorage.setItem("backscope.recent", '{"list": [{"id": 3}, {"id": "a", "title": "b"}]}');
  expect(new Recent().list).toEqual([]);
});
