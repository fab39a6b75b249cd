import type { Client } from "../../api/client";
import type { Hit, NamedCondition } from "../../api/types";
import type { Cursor } from "../stepping";
import { Grown, type Known } from "./grown.svelte";

/** A condition at which playing stops, as it was typed; off, it only marks its hits. */
export interface Stop {
  text: string;
  on: boolean;
}

/** A hit that was gone to, and where it is: on the step that wrote the last value that its condition needs. */
export interface Reached {
  run: string;
  text: string;
  hit: Hit;
  cursor: Cursor;
}

/** More conditions nobody keeps apart. */
export const MOST_STOPS = 20;

const isAfter = (a: Cursor, b: Cursor) =>
  a.iteration > b.iteration || (a.iteration === b.iteration && a.step > b.step);
const sameCursor = (a: Cursor, b: Cursor) => a.iteration === b.iteration && a.step === b.step;
const cursorOf = ({ iteration, step }: Hit): Cursor => ({ iteration, step: step ?? 0 });

/** The conditions of the page, for whichever run is on show, and their hits. */
export class Stops {
  list = $state.raw<readonly Stop[]>([]);
  /** The condition whose row is open. */
  opened = $state<string | null>(null);
  /** The last hit that playing, or a key, came to. */
  reached = $state.raw<Reached | null>(null);
  /** What the run on show offers by name. */
  offered = $state.raw<readonly NamedCondition[]>([]);
  readonly #client: Pick<Client, "find" | "conditions">;
  readonly #found: Grown<Hit>;
  readonly #dropped = new Set<string>();

  constructor(client: Pick<Client, "find" | "conditions">) {
    this.#client = client;
    this.#found = new Grown(
      async (run, text, from, to, signal) => (await client.find(run, text, from, to, signal)).hits,
    );
  }

  /** Those at which playing stops. */
  get on(): readonly Stop[] {
    return this.list.filter(({ on }) => on);
  }

  add(text: string): void {
    const trimmed = text.trim();
    if (!trimmed) return;
    this.#dropped.delete(trimmed);
    this.opened = trimmed;
    if (this.list.some((stop) => stop.text === trimmed)) this.#replace(trimmed, { text: trimmed, on: true });
    else this.list = [...this.list, { text: trimmed, on: true }].slice(-MOST_STOPS);
  }

  /** Another text in the place of one; one that is there already takes it over. */
  change(text: string, to: string): void {
    const trimmed = to.trim();
    if (!trimmed || trimmed === text) return;
    const others = this.list.filter((stop) => stop.text !== trimmed);
    this.list = others.map((stop) => (stop.text === text ? { text: trimmed, on: true } : stop));
    this.#dropped.add(text);
    this.#dropped.delete(trimmed);
    this.opened = trimmed;
  }

  switch(text: string): void {
    const stop = this.list.find((other) => other.text === text);
    if (stop) this.#replace(text, { text, on: !stop.on });
  }

  drop(text: string): void {
    this.#dropped.add(text);
    this.list = this.list.filter((stop) => stop.text !== text);
  }

  /** What a link brings stands beside what is here; what was deleted here does not come back by the browser's Back. */
  adopt(brought: readonly Stop[]): void {
    const known = new Set([...this.list.map(({ text }) => text), ...this.#dropped]);
    this.list = [...this.list, ...brought.filter(({ text }) => !known.has(text))].slice(0, MOST_STOPS);
  }

  #replace(text: string, stop: Stop): void {
    this.list = this.list.map((other) => (other.text === text ? stop : other));
  }

  /** Asks what the run offers, with its edits before iteration `to`. */
  async offer(run: string, to: number, signal?: AbortSignal): Promise<void> {
    this.offered = (await this.#client.conditions(run, to, signal)).conditions;
  }

  // Hits

  found = (run: string, text: string): Known<Hit> => this.#found.known(run, text);

  /** Looks through the iterations before `to`, so that their hits can be marked. */
  async look(run: string, to: number, signal?: AbortSignal): Promise<void> {
    await Promise.all(this.list.map(({ text }) => this.#found.reach(run, text, to, signal)));
  }

  /** The first hit after a place, in the iterations before `to`, of those at which playing stops. */
  async next(run: string, after: Cursor, to: number, signal?: AbortSignal): Promise<Reached | null> {
    const all = await this.#hits(run, to, signal);
    return all.find(({ cursor }) => cursor.iteration < to && isAfter(cursor, after)) ?? null;
  }

  /** The last hit before a place. */
  async previous(run: string, before: Cursor, signal?: AbortSignal): Promise<Reached | null> {
    const all = await this.#hits(run, before.iteration + 1, signal);
    return all.findLast(({ cursor }) => isAfter(before, cursor)) ?? null;
  }

  async #hits(run: string, to: number, signal?: AbortSignal): Promise<Reached[]> {
    const found = this.on.map(async ({ text }) => {
      const { items } = await this.#found.reach(run, text, to, signal);
      return items.map((hit) => ({ run, text, hit, cursor: cursorOf(hit) }));
    });
    const all = (await Promise.all(found)).flat();
    return all.sort((a, b) => (isAfter(a.cursor, b.cursor) ? 1 : sameCursor(a.cursor, b.cursor) ? 0 : -1));
  }

  /** The hit that somebody stands on. */
  here(run: string | undefined, cursor: Cursor): Reached | null {
    const { reached } = this;
    return reached && reached.run === run && sameCursor(reached.cursor, cursor) ? reached : null;
  }
}
