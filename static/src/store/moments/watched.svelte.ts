import type { Client } from "../../api/client";
import type { Point } from "../../api/types";
import { Grown, type Known } from "./grown.svelte";
import { followedOf, numbersIn } from "./onePoint";

/** More curves nobody reads under each other. */
export const MOST_WATCHED = 12;

/** The measures that are watched, and the points that are followed, for whichever run is on show, and their whole past. */
export class Watched {
  list = $state.raw<readonly string[]>([]);
  readonly #past: Grown<Point>;
  readonly #dropped = new Set<string>();

  constructor(client: Pick<Client, "series" | "point">) {
    this.#past = new Grown(async (run, text, from, to, signal) => {
      const followed = followedOf(text);
      if (followed)
        return numbersIn(await client.point(run, followed.whom, from, to, signal), followed.output);
      const { iterations, values } = await client.series(run, text, from, to, signal);
      return iterations.map((iteration, i) => ({ iteration, value: values[i] ?? Number.NaN }));
    });
  }

  add(text: string): void {
    const trimmed = text.trim();
    this.#dropped.delete(trimmed);
    if (trimmed && !this.list.includes(trimmed)) this.list = [...this.list, trimmed].slice(-MOST_WATCHED);
  }

  drop(text: string): void {
    this.#dropped.add(text);
    this.list = this.list.filter((other) => other !== text);
  }

  toggle(text: string): void {
    if (this.list.includes(text)) this.drop(text);
    else this.add(text);
  }

  /** What a link brings stands beside what is here. */
  adopt(brought: readonly string[]): void {
    const fresh = brought.filter((text) => !this.list.includes(text) && !this.#dropped.has(text));
    this.list = [...this.list, ...fresh].slice(0, MOST_WATCHED);
  }

  past = (run: string, text: string): Known<Point> => this.#past.known(run, text);

  /** Brings the past of measures, of all that is watched if none are named, up to iteration `to`. */
  async look(run: string, to: number, signal?: AbortSignal, texts = this.list): Promise<void> {
    await Promise.all(texts.map((text) => this.#past.reach(run, text, to, signal)));
  }
}
