import { ApiError, type Client } from "../../api/client";
import type { RangeTest } from "../../api/types";
import { client } from "../client";
import { LongWork, unlessCalledOff } from "../work/longWork.svelte";

/** How many seeds a band is made of. */
export const SEEDS = 5;

/** The range test of a run over seeds: asked for once, and kept as long as the run is the same. */
export class RateTest {
  readonly #client: Pick<Client, "rangeTest">;
  /** Its seeds, as they are trained. */
  readonly work = new LongWork();
  found = $state.raw<RangeTest | null>(null);
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
    try {
      await unlessCalledOff(async () => {
        this.found = await this.work.do((tell, signal) =>
          this.#client.rangeTest(run, SEEDS, ({ done, of }) => tell(done, of), signal),
        );
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error.detail;
    }
    if (this.#of === run && !this.found) this.#of = "";
  }
}
