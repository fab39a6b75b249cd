import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Client } from "../../api/client";
import { Studio } from "../studio.svelte";
import { drawn, NamingServer } from "../testing/namingServer";
import { comparisonIn, conditionsOn, measureOf } from "./measure";

const wait = (time: number) => vi.advanceTimersByTimeAsync(time);

async function opened(delay: () => number = () => 0): Promise<Studio> {
  const studio = new Studio(new NamingServer(delay) as unknown as Client);
  const starts = studio.load().then(() => studio.openPreset("first"));
  await wait(5000);
  await starts;
  return studio;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (draw: (now: number) => void) =>
    setTimeout(() => draw(performance.now()), 16),
  );
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("playing", () => {
  it.each([
    ["1 step/s", 0, ["3 2"], 0, { iteration: 0, step: 2 }],
    ["4 steps/s", 1, ["2 1"], 1, { iteration: 2, step: 1 }],
    ["20 it/s", 4, ["7 2"], 3, { iteration: 7, step: 2 }],
    ["60 it/s", 5, ["90 4", "110 3"], 1, { iteration: 90, step: 4 }],
    ["240 it/s, which skips iterations", 6, ["90 4", "77"], 1, { iteration: 77, step: 0 }],
  ])("at %s stops at the step that makes a condition true", async (_, speed, texts, from, cursor) => {
    const draw = drawn(speed);
    const studio = await opened(() => 200 * draw() ** 2);
    studio.setSpeed(speed);
    for (const text of texts) studio.stops.add(text);
    studio.view.goToIteration(from);
    studio.view.toggle();
    await wait(60_000);
    expect([studio.view.playing, studio.view.cursor]).toEqual([false, cursor]);
    expect(studio.stops.here(studio.view.run!.id, cursor)?.hit.iteration).toBe(cursor.iteration);
  });

  it("goes on from a hit to the next one", async () => {
    const studio = await opened();
    studio.stops.add("5 2");
    const at: number[] = [];
    for (let press = 0; press < 3; press++) {
      studio.view.play();
      await wait(5000);
      at.push(studio.view.cursor.iteration);
    }
    studio.view.pause();
    expect(at).toEqual([0, 5, 10]);
  });

  it("passes what is switched off, and what is no condition of the run", async () => {
    const studio = await opened();
    for (const text of ["3 2", "wrong", "9 2"]) studio.stops.add(text);
    studio.stops.switch("3 2");
    studio.view.goToIteration(1);
    studio.view.play();
    await wait(5000);
    expect([studio.view.playing, studio.view.cursor.iteration]).toEqual([false, 9]);
    expect(studio.stops.found(studio.view.run!.id, "wrong").refused).toBe("column 1: wrong");
  });
});

describe("the next and the previous hit", () => {
  it("are those of all conditions that are on, in order, also where nobody has been", async () => {
    const studio = await opened();
    for (const text of ["6 2", "10 1"]) studio.stops.add(text);
    const at: (readonly [number, number])[] = [];
    const go = async (step: () => Promise<void>) => {
      void step();
      await wait(2000);
      at.push([studio.view.cursor.iteration, studio.view.cursor.step]);
    };
    studio.view.goToIteration(7);
    for (let press = 0; press < 3; press++) await go(studio.seeker.next);
    for (let press = 0; press < 2; press++) await go(studio.seeker.previous);
    expect(at).toEqual([
      [10, 1],
      [12, 2],
      [18, 2],
      [12, 2],
      [10, 1],
    ]);
  });

  it("that is too far to be found at once is looked for further on with the next press", async () => {
    const studio = await opened();
    studio.stops.add("7000 1");
    studio.view.goToIteration(1);
    void studio.seeker.next();
    await wait(5000);
    const words = studio.seeker.state?.words;
    void studio.seeker.next();
    await wait(5000);
    expect([words?.startsWith("No hit up to iteration"), studio.view.cursor]).toEqual([
      true,
      { iteration: 7000, step: 1 },
    ]);
  });

  it("is no longer looked for once it is called off", async () => {
    const studio = await opened(() => 300);
    studio.stops.add("700 1");
    studio.view.goToIteration(1);
    await wait(1000);
    void studio.seeker.next();
    await wait(100);
    studio.seeker.cancel();
    await wait(5000);
    expect([studio.seeker.busy, studio.view.cursor.iteration, studio.trouble]).toEqual([false, 1, null]);
  });
});

describe("the list", () => {
  it("keeps what is here beside what a link brings, and what was deleted stays deleted", async () => {
    const { stops } = await opened();
    stops.add("3");
    stops.add("4");
    stops.drop("3");
    stops.adopt([
      { text: "3", on: true },
      { text: "4", on: false },
      { text: "5", on: false },
    ]);
    expect(stops.list).toEqual([
      { text: "4", on: true },
      { text: "5", on: false },
    ]);
  });

  it("has a text once, also after it was typed over another", async () => {
    const { stops } = await opened();
    for (const text of ["3", "4", " 3 "]) stops.add(text);
    stops.change("4", "3");
    expect(stops.list).toEqual([{ text: "3", on: true }]);
  });
});

describe("a pinned number", () => {
  it.each([
    ["loss", [], [], "loss"],
    ["dense1.weight", [1, 0], [4, 2], "dense1.weight[1,0]"],
    ["dense1.weight", [], [4, 2], "norm(dense1.weight)"],
  ])("%s%j is written as in code", (value, index, shape, text) => {
    expect(measureOf({ value, index }, shape)).toBe(text);
  });

  it.each([
    [0.123456, ["m < 0.123", "m > 0.123", "m crosses 0"]],
    [Number.POSITIVE_INFINITY, ["m < inf", "m > inf", "m crosses 0"]],
    [Number.NaN, ["m crosses 0"]],
  ])("that is %d offers conditions", (now, texts) => {
    expect(conditionsOn("m", now).map(({ text }) => text)).toEqual(texts);
  });

  it.each([
    ["norm(a.grad) < 1e-4 for 5", { measure: "norm(a.grad)", threshold: 1e-4 }],
    ["w[0,2] crosses -0.5", { measure: "w[0,2]", threshold: -0.5 }],
    ["loss < 1 and loss > 0", null],
    ["share(v > 0.5) > 0.3", { measure: "share(v > 0.5)", threshold: 0.3 }],
    ["rises(test_loss, 3)", null],
    ["0.2 < loss < 0.9", null],
  ])("%s is drawn if it is one comparison with a number", (text, found) => {
    expect(comparisonIn(text)).toEqual(found);
  });
});
