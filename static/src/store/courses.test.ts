import { beforeEach, describe, expect, it } from "vitest";
import { ApiError, type Client } from "../api/client";
import type { RunConfig } from "../api/types";
import { placeOf } from "../shell/address";
import { partsAt } from "./courses";
import { decodePlace, encodePlace } from "./link";
import { Studio } from "./studio.svelte";
import { CONFIG, FakeServer } from "./testing/fakeServer";

let server: FakeServer;
let studio: Studio;
const RATE = "optimizer.learning_rate";
const settle = () => new Promise((resolve) => setTimeout(resolve, 150));
const courses = () => studio.view.ghosts.map(({ at, to, loss }) => [at, to, loss.length]);

beforeEach(async () => {
  globalThis.requestAnimationFrame = () => 0;
  globalThis.cancelAnimationFrame = () => {};
  server = new FakeServer();
  studio = new Studio(server as unknown as Client);
  await studio.load();
  await studio.openPreset("circle");
  await studio.view.goTo({ iteration: 6, step: 0 });
  await settle();
});

describe("the courses beside a run", () => {
  it("are in its link and come back with their losses, on another server too", async () => {
    await studio.form.set(RATE, 0.5);
    await settle();
    const place = placeOf(studio)!;
    expect(place.beside).toEqual([{ config: { ...CONFIG, data: undefined }, to: 7 }]);
    const link = await encodePlace(place);
    studio = new Studio(new FakeServer() as unknown as Client);
    await studio.load();
    await studio.openPlace((await decodePlace(link))!);
    await settle();
    expect([courses(), placeOf(studio)]).toEqual([[[6, 7, 7]], place]);
  });

  it("are those of all runs that were left, also after going back", async () => {
    const before = placeOf(studio)!;
    await studio.form.set(RATE, 0.5);
    await studio.view.goTo({ iteration: 9, step: 0 });
    await settle();
    await studio.openPlace(before);
    await settle();
    expect(courses()).toEqual([[6, 10, 10]]);
  });

  it("are opened at the iteration on show, and go on as far as they were seen", async () => {
    await studio.form.set(RATE, 0.5);
    await studio.view.goTo({ iteration: 9, step: 1 });
    await settle();
    await studio.openCourse(studio.view.ghosts[0]!);
    await settle();
    const { cursor, config, history } = studio.view;
    expect([cursor, config?.edits, history.known, courses()]).toEqual([
      { iteration: 9, step: 1 },
      [],
      10,
      [[6, 10, 10]],
    ]);
  });

  it("are left out where they cannot be compared, or cannot be had", async () => {
    const beside = [{ config: { ...CONFIG, seed: 3 } as RunConfig, to: 5 }];
    const create = server.createRun;
    server.createRun = async (config, signal) => {
      if ((config as { seed?: number }).seed === 3) throw new ApiError({ status: 422 });
      return create(config, signal);
    };
    const other = { ...CONFIG, data: { name: "spiral" } } as RunConfig;
    await studio.openPlace({ ...placeOf(studio)!, config: other, beside });
    await settle();
    expect(courses()).toEqual([]);
  });
});

describe("two runs", () => {
  const rate = (iteration: number, value: number) => ({ iteration, set: { [RATE]: value } });
  const run = (edits: object[], more: object = {}) => ({ ...CONFIG, ...more, edits }) as unknown as RunConfig;

  it.each([
    ["one is a branch of the other", run([]), run([rate(6, 1)]), 6],
    ["both left at their own place", run([rate(9, 1)]), run([rate(6, 1), rate(9, 1)]), 6],
    ["they are siblings", run([rate(6, 1)]), run([rate(6, 2)]), 6],
    ["they start differently", run([rate(6, 1)], { seed: 1 }), run([rate(6, 1)]), 0],
    ["they are the same", run([rate(6, 1)]), run([rate(6, 1)]), Number.POSITIVE_INFINITY],
  ])("part where %s", (_, a, b, at) => {
    expect([partsAt(a, b), partsAt(b, a)]).toEqual([at, at]);
  });
});
