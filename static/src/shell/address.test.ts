import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RunConfig } from "../api/types";
import { decodePlace, encodePlace, type Place } from "../store/link";
import type { Studio } from "../store/studio.svelte";
import { Address, placeOf } from "./address";

const place = (seed: number, iteration: number): Place => ({
  config: { seed } as unknown as RunConfig,
  iteration,
  step: 0,
  selection: null,
  sample: "mean",
});

/** The browser's history: one entry, to be rewritten or added to. */
class Entries {
  hashes = [""];
  states: unknown[] = [null];
  at = 0;
  get state() {
    return this.states[this.at];
  }
  replaceState = (state: unknown, _: string, url?: string | URL | null) => {
    this.hashes[this.at] = String(url);
    this.states[this.at] = state;
  };
  pushState = (state: unknown, _: string, url?: string | URL | null) => {
    this.at++;
    this.hashes.splice(this.at, Infinity, String(url));
    this.states.splice(this.at, Infinity, state);
  };
  moved = (): unknown => undefined;
  get hash() {
    return this.hashes[this.at]!;
  }
  back = () => {
    this.at--;
    this.moved();
  };
  forward = () => {
    this.at++;
    this.moved();
  };
  async places(): Promise<(number[] | null)[]> {
    const found = await Promise.all(this.hashes.map((hash) => decodePlace(hash.slice(1))));
    return found.map((at) => at && [Number(at.config.seed), at.iteration]);
  }
}

/** Neither conditions nor watched numbers. */
const NOTHING_KEPT = { stops: { list: [] }, watched: { list: [] }, family: { shared: () => [] } };

const WALKED = { selection: { value: "dense1.z", index: [0, 0] }, term: 1 };

let entries: Entries;
let address: Address;
const arrive = async (...places: Place[]) => {
  for (const at of places) address.note(at);
  await address.write();
};

beforeEach(() => {
  entries = new Entries();
  address = new Address(entries);
});

describe("the address bar", () => {
  it("has one entry for a run, wherever the cursor goes in it", async () => {
    await arrive(place(1, 0));
    await arrive(place(1, 7));
    expect(await entries.places()).toEqual([[1, 7]]);
  });

  it("has another entry for another run, and keeps where the first one was left", async () => {
    await arrive(place(1, 0));
    await arrive(place(1, 9), place(2, 0), place(2, 3));
    expect(await entries.places()).toEqual([
      [1, 9],
      [2, 3],
    ]);
  });

  it("holds the place once a write is done, also where another one was asked for meanwhile", async () => {
    address.note(place(1, 1));
    const first = address.write();
    void address.write();
    await first;
    expect(await entries.places()).toEqual([[1, 1]]);
  });

  it("writes only the newest place where several wait to be written", async () => {
    address.note(place(1, 1));
    const late = address.write();
    await Promise.all([late, arrive(place(1, 2))]);
    expect(await entries.places()).toEqual([[1, 2]]);
  });

  it("is undone run by run and redone again, however fast, and leads nowhere else", async () => {
    for (const seed of [1, 2, 3]) await arrive(place(seed, 0));
    const seen: number[] = [];
    const studio = {
      ...NOTHING_KEPT,
      view: { pause: () => {}, config: null as RunConfig | null, cursor: {}, ghosts: [] },
      openPlace: async (at: Place) => {
        const { config } = at;
        studio.view.config = config;
        address.note(at);
        seen.push(Number(config.seed));
      },
    };
    /** The browser tells of a move in its history a moment after it. */
    entries.moved = () => setTimeout(() => address.open(studio as unknown as Studio, entries.hash, null));
    const moves = ["undo", "undo", "undo", "redo", "redo", "redo"] as const;
    await Promise.all(moves.map((move) => address[move]()));
    await vi.waitFor(() => expect(seen).toEqual([2, 1, 2, 3]));
    expect(await entries.places()).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  it("is not written while what it says is still to be opened", async () => {
    for (const seed of [1, 2]) await arrive(place(seed, 0));
    await address.undo();
    await arrive(place(2, 5));
    expect(await entries.places()).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it.each([
    ["#hello", undefined, "This link leads nowhere."],
    ["#zVY5", undefined, "This link leads nowhere."],
    ["#zVY5", "abc", "This link leads nowhere."],
    ["", "abc", "This server does not know the run of this link."],
    ["", undefined, null],
    ["#", undefined, null],
  ])("of %j, with the run %s, opens the first preset and says %s", async (hash, run, title) => {
    const view = { run: null as object | null, pause: vi.fn(), ghosts: [] };
    const studio = {
      ...NOTHING_KEPT,
      view,
      trouble: null as unknown,
      openRun: async () => {
        studio.trouble = { status: 404 };
      },
      openPreset: async () => {
        view.run = {};
        studio.trouble = null;
      },
      warn: (said: string) => {
        studio.trouble = said;
      },
    };
    await address.open(studio as unknown as Studio, hash, run ? { run, iteration: 0 } : null);
    expect([view.run, studio.trouble]).toEqual([{}, title]);
  });

  it("opens what an entry says without making another one, however the server fills its config in", async () => {
    await arrive(place(1, 0));
    const pause = vi.fn();
    const view = { pause, config: {} as RunConfig, cursor: {}, ghosts: [] };
    const studio = {
      ...NOTHING_KEPT,
      view,
      openPlace: async (at: Place) => {
        view.config = { ...at.config, dtype: "float64" } as RunConfig;
        view.cursor = { iteration: at.iteration, step: 0 };
        address.note({ ...at, config: view.config });
      },
    };
    await address.open(studio as unknown as Studio, `#${await encodePlace(place(5, 4))}`, null);
    await address.write();
    expect(await entries.places()).toEqual([[5, 4]]);
    expect(pause).toHaveBeenCalledOnce();
  });

  it("holds a term while one walks by terms, and is walked on by terms from there", async () => {
    const view = { pause: vi.fn(), config: {} as RunConfig, cursor: {}, term: 1, ghosts: [] };
    const openPlace = vi.fn(async () => {});
    const studio = { ...NOTHING_KEPT, view, openPlace, preferences: { granularity: "step", speed: 3 } };
    await address.open(
      studio as unknown as Studio,
      `#${await encodePlace({ ...place(5, 4), ...WALKED })}`,
      null,
    );
    expect(studio.preferences).toEqual({ granularity: "term", speed: 3 });
    const at = (granularity: string) => placeOf({ ...studio, granularity } as unknown as Studio)?.term;
    expect([at("term"), at("step")]).toEqual([1, undefined]);
  });
});
