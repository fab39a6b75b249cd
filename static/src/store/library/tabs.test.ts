import { expect, it, vi } from "vitest";
import { Keeper } from "./keeper.svelte";
import { LibraryPage } from "./libraryPage.svelte";
import { Tabs } from "./tabs";

/** Tabs that hear each other, but not themselves. */
function two(): [Tabs, Tabs] {
  const ends = [new EventTarget(), new EventTarget()] as const;
  const of = (mine: EventTarget, other: EventTarget) =>
    new Tabs({
      postMessage: () => other.dispatchEvent(new Event("message")),
      addEventListener: mine.addEventListener.bind(mine),
    } as unknown as BroadcastChannel);
  return [of(ends[0], ends[1]), of(ends[1], ends[0])];
}

const WORDS = { name: "circle", note: "", tags: [], colour: "", iteration: 3, bookmarks: [] };

it("shows in the library, and in the studio, what another tab has saved", async () => {
  const entries: (typeof WORDS & { id: string; config: object; seen: object })[] = [];
  const server = {
    library: async () => ({ entries: [...entries], tags: [], found: entries.length, bytes: 0, next: null }),
    saveRun: async (id: string, words: object) => {
      const entry = { ...WORDS, ...words, id, config: { edits: [] }, seen: {} };
      entries.splice(0, 1, entry);
      return entry;
    },
    knows: () => {},
  };
  const [here, there] = two();
  const page = new LibraryPage(server as never, here);
  await page.load();
  const keeper = new Keeper(server as never, there);
  const kept = { run: { id: "run" }, cursor: { iteration: 3, step: 0 } };
  await keeper.save(kept as never, { name: "circle", note: "", tags: [] });
  await vi.waitFor(() => expect(page.entries.map(({ name }) => name)).toEqual(["circle"]));
  await page.write(page.entries[0]!, { note: "from the library" });
  await vi.waitFor(() => expect(keeper.entry?.note).toBe("from the library"));
});
