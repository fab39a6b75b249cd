import type { Client } from "../../api/client";
import type { Distribution, LayersCourse } from "../../api/types";

/** So many columns, and so many histograms, are told apart on a screen. */
const COLUMNS = 64;
const RIDGES = 24;

/** Every so many iterations, a power of two, so that not more than `most` of them are left. */
export function spacing(iterations: number, most: number): number {
  let every = 1;
  while (iterations / every > most) every *= 2;
  return every;
}

/** The figures of every layer over the past of a run, and how one value's cells were spread. */
export class OverTime {
  course = $state.raw<LayersCourse | null>(null);
  spread = $state.raw<Distribution | null>(null);
  /** Why there is nothing to show. */
  refused = $state<string | null>(null);
  readonly #client: Pick<Client, "layers" | "distribution">;

  constructor(client: Pick<Client, "layers" | "distribution">) {
    this.#client = client;
  }

  /** Every layer in the iterations up to `to`. */
  async look(run: string, to: number, signal: AbortSignal): Promise<void> {
    await this.#guarded(signal, async () => {
      const course = await this.#client.layers(run, to, spacing(to, COLUMNS), signal);
      if (!signal.aborted) this.course = course;
    });
  }

  /** The histograms of a value in the iterations up to `to`. */
  async spreadOf(
    run: string,
    value: string,
    to: number,
    scale: "linear" | "log",
    signal: AbortSignal,
  ): Promise<void> {
    await this.#guarded(signal, async () => {
      const spread = await this.#client.distribution(
        run,
        { value, to, every: spacing(to, RIDGES), scale },
        signal,
      );
      if (!signal.aborted) this.spread = spread;
    });
  }

  async #guarded(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.refused = null;
    } catch (error) {
      if (!signal.aborted) this.refused = error instanceof Error ? error.message : String(error);
    }
  }
}
