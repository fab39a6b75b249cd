import { expect, it } from "vitest";
import type { Client } from "../../api/client";
import type { Run, SavedRun, Written } from "../../api/types";
import { Keeper } from "./keeper.svelte";

const WORDS: Written = { name: "", note: "", tags: [], colour: "", iteration: 0, bookmarks: [] };

function kept(...saved: SavedRun[]) {
  const shelf = new Map(saved.map((entry) => [entry.id, entry]));
  const server = {
    library: async () => ({ entries: [...shelf.values()] }),
    saveRun: async (id: string, words: Partial<Written>) => {
      shelf.set(id, { ...WORDS, ...words, id } as SavedRun);
      return shelf.get(id)!;
    },
  } as unknown as Client;
  return { shelf, keeper: new Keeper(server) };
}
const at = (iteration: number, step = 0) => ({ run: { id: "a" } as Run, cursor: { iteration, step } });
const marks = ({ bookmarks }: Written) => bookmarks.map(({ iteration, note }) => [iteration, note]);

it("keeps bookmarks and colour when a run is saved again", async () => {
  const mark = { iteration: 3, step: 1, note: "here" };
  const { shelf, keeper } = kept({
    ...WORDS,
    id: "a",
    colour: "teal",
    bookmarks: [mark],
  } as unknown as SavedRun);
  await keeper.save(at(9), { name: "anew", note: "", tags: [] });
  const { name, colour, iteration, bookmarks } = shelf.get("a")!;
  expect({ name, colour, iteration, bookmarks }).toEqual({
    name: "anew",
    colour: "teal",
    iteration: 9,
    bookmarks: [mark],
  });
});

it("marks places in order, each once, and saves a run that was not saved", async () => {
  const { shelf, keeper } = kept();
  await keeper.bookmark(at(9), "late", "circle");
  await keeper.bookmark(at(2), "early", "circle");
  await keeper.bookmark(at(9), "later", "circle");
  const all = marks(shelf.get("a")!);
  await keeper.unmark(at(0), keeper.entry!.bookmarks[0]!);
  expect([all, marks(shelf.get("a")!), shelf.get("a")!.name]).toEqual([
    [
      [2, "early"],
      [9, "later"],
    ],
    [[9, "later"]],
    "circle",
  ]);
});
