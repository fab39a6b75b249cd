import { ApiError, type Client } from "../../api/client";
import type { RangeTest } from "../../api/types";
import { client } from "../client";

/** How many seeds a band is made of. */
export const SEEDS = 5;

/** The range test of a run over seeds: asked for once, and kept as long as the run is the same. */
export class RateTest {
  readonly #client: Pick<Client, "rangeTest">;
  found = $state.raw<RangeTest | null>(null);
  waiting = $state(false);
  trouble = $state("");
  #of = "";

  constructor(server: Pick<Client, "rangeTest"> = client) {
    this.#client = server;
  }

  async ask(run: string): Promise<void> {
    if (this.#of === run) return;
    this.#of = run;
    this.found = null;
    this.trouble = "";
    this.waiting = true;
    try {
      const found = await this.#client.rangeTest(run, SEEDS);
      if (this.#of === run) this.found = found;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#of !== run) return;
      this.trouble = error.detail;
      this.#of = "";
    } finally {
      if (this.#of === run || !this.#of) this.waiting = false;
    }
  }
}
