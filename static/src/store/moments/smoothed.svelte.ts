import type { Client } from "../../api/client";
import type { Point } from "../../api/types";

/** How much of the average so far each loss keeps. */
export const KEPT = 0.9;

/** The loss of the batches, smoothed by the server: an exponential average of every iteration so far. */
export class Smoothed {
  points = $state.raw<readonly Point[]>([]);
  readonly #client: Pick<Client, "series">;

  constructor(client: Pick<Client, "series">) {
    this.#client = client;
  }

  /** The average over [0, to); what cannot be had is not drawn. */
  async look(run: string, to: number, signal: AbortSignal): Promise<void> {
    const found = await this.#client.series(run, "loss", 0, to, signal, KEPT).catch(() => null);
    if (signal.aborted) return;
    this.points = Array.from(found?.iterations ?? [], (iteration, i) => ({
      iteration,
      value: found?.values[i] ?? Number.NaN,
    }));
  }
}
