import { expect, it, vi } from "vitest";
import type { Client } from "../../api/client";
import { Studio } from "../studio.svelte";
import { NamingServer } from "../testing/namingServer";

type Told = Parameters<Client["reach"]>[2];

/** A studio on a run, whose server trains for as long as nobody says that it is there. */
async function studioThatWaits() {
  const server = new NamingServer(() => 0);
  const way: { told?: Told; there?: () => void; calledOff: boolean } = { calledOff: false };
  const reach = (_id: string, _t: number, told: Told, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      Object.assign(way, { told, there: resolve });
      signal.addEventListener("abort", () => {
        way.calledOff = true;
        reject(signal.reason);
      });
    });
  const studio = new Studio(Object.assign(server, { reach }) as unknown as Client);
  await studio.load();
  await studio.openPreset("first");
  return { studio, way };
}

it("to an iteration far ahead is told of while the server trains, and then there", async () => {
  const { studio, way } = await studioThatWaits();
  studio.view.goToIteration(5000);
  await vi.waitFor(() => expect(way.told).toBeDefined());
  way.told!({ reached: 1200, to: 5000 });
  const far = studio.loader.training.far;
  way.there!();
  await vi.waitFor(() => expect(studio.view.settled).toBe(true));
  expect([far, studio.loader.training.far, studio.view.moment?.iteration]).toEqual([
    { done: 1200, of: 5000, secondsLeft: null },
    null,
    5000,
  ]);
});

it("that is called off leads back to where one was, and the timeline ends where it did", async () => {
  const { studio, way } = await studioThatWaits();
  studio.view.goToIteration(7);
  await vi.waitFor(() => expect(studio.view.settled).toBe(true));
  studio.view.goToIteration(5000);
  await vi.waitFor(() => expect(way.told).toBeDefined());
  studio.loader.training.cancel();
  await vi.waitFor(() => expect(studio.view.settled).toBe(true));
  expect([studio.view.cursor.iteration, studio.view.reach, way.calledOff, studio.trouble]).toEqual([
    7,
    7,
    true,
    null,
  ]);
});

it("of a link that is called off opens its run at the start", async () => {
  const { studio, way } = await studioThatWaits();
  const opened = studio.open(studio.presets[1]!.config, { iteration: 9000, step: 2 });
  await vi.waitFor(() => expect(way.told).toBeDefined());
  studio.loader.training.cancel();
  await opened;
  expect([studio.view.cursor.iteration, studio.view.settled, studio.trouble]).toEqual([0, true, null]);
});
