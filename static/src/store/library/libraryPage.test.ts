import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type Client } from "../../api/client";
import type { RunConfig, SavedRun, Written } from "../../api/types";
import { decodePlace } from "../link";
import { LibraryPage } from "./libraryPage.svelte";

const config = (seed: number) => ({ seed, edits: [] }) as unknown as RunConfig;
const WORDS: Written = { name: "", note: "", tags: [], colour: "", iteration: 7, bookmarks: [] };

/** A library in memory, as the server has it. */
class Shelf {
  kept = new Map<string, SavedRun>();
  posted: unknown[] = [];
  wait: (search: string) => Promise<void> = async () => {};
  add(id: string, words: Partial<Written> = {}, seen: unknown = {}) {
    this.kept.set(id, {
      ...WORDS,
      name: id,
      ...words,
      id,
      saved: 1,
      config: config(this.kept.size),
      seen,
    } as SavedRun);
  }
  knows = () => {};
  library = async ({ search = "", after }: { search?: string; after?: string }) => {
    await this.wait(search);
    const all = [...this.kept.values()]
      .filter(({ name }) => name.includes(search))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const from = after ? all.findIndex(({ id }) => id === after) + 1 : 0;
    const entries = all.slice(from, from + 2);
    return {
      entries,
      next: from + 2 < all.length ? entries.at(-1)!.id : null,
      found: all.length,
      bytes: 1,
      tags: [],
    };
  };
  saveRun = async (id: string, words: Written) => {
    const seed = this.kept.get(id)?.config ?? config(99);
    this.kept.set(id, { ...words, id, saved: 2, config: seed, seen: {} } as SavedRun);
    return this.kept.get(id)!;
  };
  forgetRun = async (id: string) => {
    const gone = this.kept.get(id);
    if (!gone) throw new ApiError({ status: 404, title: "Not saved" });
    this.kept.delete(id);
    return gone;
  };
  importLibrary = async (file: unknown) => {
    this.posted.push(file);
    this.add("brought", {}, null);
    return { ids: ["brought"] };
  };
}

let shelf: Shelf;
let page: LibraryPage;
const names = () => page.entries.map(({ name }) => name);

beforeEach(() => {
  vi.useFakeTimers();
  shelf = new Shelf();
  for (const id of ["a", "b", "c"]) shelf.add(id);
  page = new LibraryPage(shelf as unknown as Client);
});
afterEach(() => vi.useRealTimers());

describe("the library", () => {
  it("shows all of its pages, each run with a link to where it was left", async () => {
    await page.load();
    const place = await decodePlace(page.links.get("b")!.slice(2));
    expect([names(), place?.iteration, place?.config.seed]).toEqual([["a", "b", "c"], 7, 1]);
  });

  it("drops an answer that another question overtook", async () => {
    shelf.wait = (search) =>
      search === "a" ? new Promise((done) => setTimeout(done, 100)) : Promise.resolve();
    page.search = "a";
    const slow = page.load();
    page.search = "c";
    await page.load();
    await vi.advanceTimersByTimeAsync(200);
    await slow;
    expect(names()).toEqual(["c"]);
  });

  it("puts back what was deleted, for ten seconds", async () => {
    await page.load();
    page.choose("a");
    await page.remove(["a", "b"]);
    const after = [names(), page.chosen, page.deleted.map(({ id }) => id)];
    await page.putBack();
    expect([...after, names()]).toEqual([["c"], [], ["a", "b"], ["a", "b", "c"]]);
    await page.remove(["a"]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(page.deleted).toEqual([]);
  });

  it("puts nothing back over what another tab wrote meanwhile", async () => {
    await page.load();
    await page.remove(["a", "b"]);
    shelf.add("a", { note: "written elsewhere" });
    await page.putBack();
    expect([names(), shelf.kept.get("a")?.note]).toEqual([["a", "b", "c"], "written elsewhere"]);
  });

  it("keeps what else was written about a run when one thing is changed", async () => {
    shelf.add("a", { note: "old", tags: ["x"] });
    await page.load();
    await page.write(page.entries[0]!, { name: "anew" });
    const { name, note, tags } = shelf.kept.get("a")!;
    expect({ name, note, tags }).toEqual({ name: "anew", note: "old", tags: ["x"] });
  });

  it("computes again what a file brought", async () => {
    await page.take(new File(['{"format": "backscope library"}'], "library.json"));
    await vi.advanceTimersByTimeAsync(10);
    expect([shelf.posted, shelf.kept.get("brought")?.seen]).toEqual([[{ format: "backscope library" }], {}]);
  });

  it("says so where a file is no JSON", async () => {
    await page.take(new File(["no"], "notes.txt"));
    expect([page.trouble?.title, shelf.posted]).toEqual(["notes.txt is no library", []]);
  });
});
