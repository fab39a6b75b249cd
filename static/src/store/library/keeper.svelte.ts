import { ApiError, type Client } from "../../api/client";
import type { SavedRun, Written } from "../../api/types";
import { client } from "../client";
import type { ViewState } from "../view/viewState.svelte";

type Kept = Pick<ViewState, "run" | "cursor">;

/** Saves the run that somebody looks at. */
export class Keeper {
  readonly #client: Pick<Client, "library" | "saveRun">;
  /** The last that was saved, in words, and why the last could not be. */
  said = $state("");
  trouble = $state("");

  constructor(server: Pick<Client, "library" | "saveRun">) {
    this.#client = server;
  }

  /** What was written about a run, if it is saved already. */
  async find({ run }: Kept): Promise<SavedRun | null> {
    this.trouble = "";
    const page = run && (await this.#told(() => this.#client.library({ search: run.id })));
    return page?.entries.find(({ id }) => id === run?.id) ?? null;
  }

  /** Whether it is saved now; if it is not, `trouble` says why. */
  async save({ run, cursor }: Kept, words: Pick<Written, "name" | "note" | "tags">): Promise<boolean> {
    if (!run) return false;
    const saved = await this.#told(() =>
      this.#client.saveRun(run.id, { ...words, iteration: cursor.iteration }),
    );
    if (saved) this.said = `Saved ${words.name}.`;
    return saved !== null;
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

export const keeper = new Keeper(client);
