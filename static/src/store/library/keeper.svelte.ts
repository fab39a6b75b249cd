import { ApiError, type Client } from "../../api/client";
import type { SavedRun, Written } from "../../api/types";
import { client } from "../client";
import type { ViewState } from "../view/viewState.svelte";

type Kept = Pick<ViewState, "run" | "cursor">;
type Words = Pick<Written, "name" | "note" | "tags">;
export type Bookmark = Written["bookmarks"][number];

/** Saves the run that somebody looks at, and marks places in it. */
export class Keeper {
  readonly #client: Pick<Client, "library" | "saveRun">;
  /** What is written about the run on show; null where it is not saved, or not asked about yet. */
  entry = $state.raw<SavedRun | null>(null);
  /** The last that was saved, in words, and why the last could not be. */
  said = $state("");
  trouble = $state("");

  constructor(server: Pick<Client, "library" | "saveRun">) {
    this.#client = server;
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
    const words = known ?? { name, note: "", tags: [], colour: "", iteration };
    return this.#put(
      run.id,
      written(words, [...others, { iteration, step, note }]),
      `Marked iteration ${iteration}.`,
    );
  }

  /** Takes a mark away. */
  async unmark({ run }: Kept, mark: Bookmark): Promise<void> {
    const { entry } = this;
    if (!run || entry?.id !== run.id) return;
    await this.#put(
      run.id,
      written(
        entry,
        entry.bookmarks.filter((other) => other !== mark),
      ),
      "",
    );
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

const written = (
  { name, note, tags, colour, iteration }: Omit<Written, "bookmarks">,
  bookmarks: readonly Bookmark[],
): Written => ({
  name,
  note,
  tags,
  colour,
  iteration,
  bookmarks: bookmarks.toSorted((a, b) => a.iteration - b.iteration || a.step - b.step),
});

export const keeper = new Keeper(client);
