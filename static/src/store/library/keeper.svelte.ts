import { ApiError, type Client } from "../../api/client";
import type { SavedRun, Written } from "../../api/types";
import { client } from "../client";
import type { ViewState } from "../view/viewState.svelte";
import { Tabs, tabs } from "./tabs";
import { wordsOf } from "./words";

type Kept = Pick<ViewState, "run" | "cursor">;
type Words = Pick<Written, "name" | "note" | "tags">;
export type Bookmark = Written["bookmarks"][number];

/** Saves the run that somebody looks at, and marks places in it. */
export class Keeper {
  readonly #client: Pick<Client, "library" | "saveRun">;
  readonly #tabs: Tabs;
  /** What is written about the run on show; null where it is not saved, or not asked about yet. */
  entry = $state.raw<SavedRun | null>(null);
  /** The last that was saved, in words, and why the last could not be. */
  said = $state("");
  trouble = $state("");

  constructor(server: Pick<Client, "library" | "saveRun">, others: Tabs = new Tabs(null)) {
    this.#client = server;
    this.#tabs = others;
    others.heard(() => void this.#again());
  }

  /** Another tab wrote: what is on show of a run is asked for anew, if nothing else is meanwhile. */
  async #again(): Promise<void> {
    const { entry } = this;
    if (!entry) return;
    const page = await this.#told(() => this.#client.library({ search: entry.id }));
    if (page && this.entry === entry) this.entry = page.entries.find(({ id }) => id === entry.id) ?? null;
  }

  /** What was written about a run, if it is saved already. */
  async find({ run }: Kept): Promise<SavedRun | null> {
    this.trouble = "";
    this.entry = null;
    const page = run && (await this.#told(() => this.#client.library({ search: run.id })));
    this.entry = page?.entries.find(({ id }) => id === run?.id) ?? null;
    return this.entry;
  }

  /** Whether it is saved now; if it is not, `trouble` says why. Its bookmarks stay. */
  async save(kept: Kept, words: Words, colour?: string): Promise<boolean> {
    const { run, cursor } = kept;
    const known = await this.#known(kept);
    const more = { bookmarks: known?.bookmarks ?? [], colour: colour ?? known?.colour ?? "" };
    if (!run || this.trouble) return false;
    return this.#put(run.id, { ...words, ...more, iteration: cursor.iteration }, `Saved ${words.name}.`);
  }

  /** Marks the place on show, with a note; a run that is not saved yet is, under the name given. */
  async bookmark(kept: Kept, note: string, name: string): Promise<boolean> {
    const { run, cursor } = kept;
    const known = await this.#known(kept);
    if (!run || this.trouble) return false;
    const { iteration, step } = cursor;
    const others = (known?.bookmarks ?? []).filter((b) => b.iteration !== iteration || b.step !== step);
    const words = known ? wordsOf(known) : { name, note: "", tags: [], colour: "", iteration };
    const bookmarks = inOrder([...others, { iteration, step, note }]);
    return this.#put(run.id, { ...words, bookmarks }, `Marked iteration ${iteration}.`);
  }

  /** Takes a mark away. */
  async unmark({ run }: Kept, mark: Bookmark): Promise<void> {
    const { entry } = this;
    if (!run || entry?.id !== run.id) return;
    const bookmarks = entry.bookmarks.filter((other) => other !== mark);
    await this.#put(run.id, { ...wordsOf(entry), bookmarks }, "");
  }

  /** What is written about a run now: another tab may have written meanwhile. */
  async #known(kept: Kept): Promise<SavedRun | null> {
    return kept.run ? this.find(kept) : null;
  }

  async #put(id: string, words: Partial<Written>, said: string): Promise<boolean> {
    const saved = await this.#told(() => this.#client.saveRun(id, words));
    if (!saved) return false;
    this.entry = saved;
    this.said = said;
    this.#tabs.wrote();
    return true;
  }

  async #told<T>(task: () => Promise<T>): Promise<T | null> {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error.detail;
      return null;
    }
  }
}

const inOrder = (bookmarks: readonly Bookmark[]): Bookmark[] =>
  bookmarks.toSorted((a, b) => a.iteration - b.iteration || a.step - b.step);

export const keeper = new Keeper(client, tabs);
