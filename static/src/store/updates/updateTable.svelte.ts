import type { Client } from "../../api/client";
import type { UpdateRow, UpdatesQuery } from "../../api/types";

/** Rows that are asked for at once. */
export const PAGE = 100;

/** The pages that hold the rows from one to another. */
export function pagesOf(first: number, last: number): number[] {
  const [from, to] = [Math.floor(Math.max(0, first) / PAGE), Math.floor(Math.max(0, last) / PAGE)];
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The table of all updates of an iteration, of which only the pages are there that were looked at. */
export class UpdatePages {
  columns = $state.raw<readonly string[]>([]);
  total = $state(0);
  /** By how many are before them. */
  rows = $state.raw<ReadonlyMap<number, UpdateRow>>(new Map());
  chosen = $state.raw<UpdateRow | null>(null);
  /** What is to be said of the chosen one. */
  says = $state<string | null>(null);
  /** Why there is nothing to show. */
  refused = $state<string | null>(null);
  readonly #client: Pick<Client, "updates">;
  #of = "";
  #held = new Set<number>();

  constructor(client: Pick<Client, "updates">) {
    this.#client = client;
  }

  /** What is not there yet of some pages; what is of another table stays until its place is taken. */
  async look(
    run: string,
    t: number,
    query: UpdatesQuery,
    pages: number[],
    signal: AbortSignal,
  ): Promise<void> {
    const of = JSON.stringify([run, t, query]);
    const asked = of === this.#of ? pages.filter((page) => !this.#held.has(page)) : pages;
    try {
      for (const page of asked) await this.#load(of, run, t, query, page, signal);
    } catch (error) {
      if (!signal.aborted) this.refused = error instanceof Error ? error.message : String(error);
    }
  }

  async #load(
    of: string,
    run: string,
    t: number,
    query: UpdatesQuery,
    page: number,
    signal: AbortSignal,
  ): Promise<void> {
    const found = await this.#client.updates(run, t, { ...query, offset: page * PAGE, limit: PAGE }, signal);
    if (signal.aborted) return;
    if (of !== this.#of) this.#held.clear();
    const kept = of === this.#of ? this.rows : new Map<number, UpdateRow>();
    this.#of = of;
    this.#held.add(page);
    this.rows = new Map([...kept, ...found.rows.map((row) => [row.rank, row] as const)]);
    [this.columns, this.total, this.refused] = [found.columns, found.total, null];
    [this.chosen, this.says] = [found.chosen, found.says];
  }
}
