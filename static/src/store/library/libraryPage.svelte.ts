import { ApiError, type Client } from "../../api/client";
import type { SavedPage, SavedRun, Written } from "../../api/types";
import { client } from "../client";
import { hrefOf, placeAt } from "../link";
import { recent, type Seen } from "./recent.svelte";
import { Tabs, tabs } from "./tabs";
import { wordsOf } from "./words";

export type Sort = "name" | "saved" | "iterations" | "loss";
export const SORTS: readonly { value: Sort; text: string }[] = [
  { value: "name", text: "name" },
  { value: "saved", text: "saved" },
  { value: "iterations", text: "iterations" },
  { value: "loss", text: "loss" },
];

/** Where in a run somebody was. */
type Place = Pick<SavedRun, "config" | "iteration"> & { step?: number };

/** Saved runs that the server gives at once. */
const PAGE = 500;
/** So long what was deleted can be put back, in milliseconds. */
const UNDO = 10_000;
/** Compare shows no more beside each other. */
export const MOST_COMPARED = 4;

/** The saved runs as somebody looks through them. */
export class LibraryPage {
  readonly #client: Client;
  readonly #tabs: Tabs;
  entries = $state.raw<readonly SavedRun[]>([]);
  tags = $state.raw<SavedPage["tags"]>([]);
  /** How many there are with the words searched for, and the bytes of their configurations. */
  found = $state(0);
  bytes = $state(0);
  search = $state("");
  tag = $state("");
  sort = $state<Sort>("name");
  loaded = $state(false);
  chosen = $state.raw<readonly string[]>([]);
  /** What was deleted last, for as long as it can be put back. */
  deleted = $state.raw<readonly SavedRun[]>([]);
  trouble = $state.raw<ApiError | null>(null);
  /** Places of the entries in the studio, by their ids. */
  links = $state.raw<ReadonlyMap<string, string>>(new Map());
  #asked = 0;
  #timer = 0;

  constructor(server: Client, others: Tabs = new Tabs(null)) {
    this.#client = server;
    this.#tabs = others;
    others.heard(() => {
      if (this.loaded) void this.load();
    });
  }

  /** Those that are chosen, in the order of the page. */
  get picked(): readonly SavedRun[] {
    return this.entries.filter(({ id }) => this.chosen.includes(id));
  }

  /** Asks anew; an answer that was overtaken by another question is dropped. */
  load(): Promise<void> {
    return this.#guarded(async () => {
      const mine = ++this.#asked;
      const { search, tag, sort } = this;
      const entries: SavedRun[] = [];
      let after: string | undefined;
      do {
        const page = await this.#client.library({
          search,
          tag,
          sort,
          limit: PAGE,
          ...(after ? { after } : {}),
        });
        if (mine !== this.#asked) return;
        entries.push(...page.entries);
        after = page.next ?? undefined;
        this.tags = page.tags;
        this.found = page.found;
        this.bytes = page.bytes;
      } while (after);
      this.entries = entries;
      this.loaded = true;
      for (const { id, config } of entries) this.#client.knows(id, config);
      this.links = new Map(
        await Promise.all(entries.map(async (entry) => [entry.id, await linkTo(entry)] as const)),
      );
      void this.#complete();
    });
  }

  /** What an import brought was not looked at yet: it is computed again, one run after the other. */
  async #complete(): Promise<void> {
    const mine = this.#asked;
    for (const entry of this.entries.filter(({ seen }) => seen === null)) {
      if (mine !== this.#asked) return;
      await this.#guarded(async () => this.#put(await this.#client.saveRun(entry.id, wordsOf(entry))));
    }
  }

  choose(id: string): void {
    const { chosen } = this;
    this.chosen = chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id];
  }

  chooseAll(): void {
    this.chosen = this.chosen.length === this.entries.length ? [] : this.entries.map(({ id }) => id);
  }

  /** Writes something else about a run. */
  write(entry: SavedRun, change: Partial<Written>): Promise<void> {
    return this.#guarded(async () => {
      this.#put(await this.#client.saveRun(entry.id, { ...wordsOf(entry), ...change }));
      this.#tabs.wrote();
      if (change.tags) await this.load();
    });
  }

  #put(entry: SavedRun): void {
    this.entries = this.entries.map((other) => (other.id === entry.id ? entry : other));
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.#guarded(async () => {
      const gone: SavedRun[] = [];
      try {
        for (const id of ids) gone.push(await this.#client.forgetRun(id));
      } finally {
        this.#forget(gone);
        this.#tabs.wrote();
      }
      await this.load();
    });
  }

  #forget(gone: readonly SavedRun[]): void {
    this.deleted = gone;
    this.chosen = this.chosen.filter((id) => !gone.some((entry) => entry.id === id));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.deleted = []), UNDO) as unknown as number;
  }

  /** What another tab has saved again meanwhile stays as it is there. */
  putBack(): Promise<void> {
    const back = this.deleted;
    this.deleted = [];
    return this.#guarded(async () => {
      for (const entry of back)
        if (!(await this.#isKept(entry.id))) await this.#client.saveRun(entry.id, wordsOf(entry));
      this.#tabs.wrote();
      await this.load();
    });
  }

  async #isKept(id: string): Promise<boolean> {
    const { entries } = await this.#client.library({ search: id });
    return entries.some((entry) => entry.id === id);
  }

  /** Saves what was only seen; what was saved of that run by hand stays as it is. */
  keep({ id, title, config, iteration }: Seen): Promise<void> {
    return this.#guarded(async () => {
      this.#client.knows(id, config);
      if (!(await this.#isKept(id))) await this.#client.saveRun(id, { name: title, iteration });
      recent.forget(id);
      this.#tabs.wrote();
      await this.load();
    });
  }

  /** Takes an exported file in, beside what is there. */
  take(file: File): Promise<void> {
    return this.#guarded(async () => {
      await this.#client.importLibrary(parsed(file.name, await file.text()));
      this.#tabs.wrote();
      await this.load();
    });
  }

  exportUrl(): string {
    return this.#client.libraryUrl(this.chosen);
  }

  /** Where the chosen runs stand side by side. */
  async compareLink(): Promise<string> {
    const runs = this.picked.slice(0, MOST_COMPARED).map(({ name, config, seen }) => ({
      name: name || seen?.title || "run",
      config,
    }));
    const iteration = Math.max(0, ...this.picked.map((entry) => entry.iteration));
    return hrefOf("/compare", { runs, iteration, to: iteration });
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    this.trouble = null;
    try {
      await task();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error;
    }
  }
}

/** A place of a run in the studio. */
export const linkTo = ({ config, iteration, step = 0 }: Place): Promise<string> =>
  hrefOf("/", placeAt(config, iteration, { step }));

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError({
      status: 422,
      title: `${name} is no library`,
      detail: "A library is a JSON file from Export.",
    });
  }
}

export const library = new LibraryPage(client, tabs);
