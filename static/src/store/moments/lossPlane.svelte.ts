import type { Client } from "../../api/client";
import type { Plane } from "../../api/types";

/** A path of fewer iterations says little of where it leads: the plane holds at least that many. */
const LEAST = 128;

/** Iterations that a plane holds: a power of two, so that it rests while the path grows. */
export function held(reach: number): number {
  let to = LEAST;
  while (to < reach + 1) to *= 2;
  return to;
}

/** The loss of an expression over its two trained inputs. */
export class LossPlane {
  plane = $state.raw<{ run: string; plane: Plane } | null>(null);
  readonly #client: Pick<Client, "plane">;

  constructor(client: Pick<Client, "plane">) {
    this.#client = client;
  }

  /** Around the path of the first `to` iterations; what cannot be had is not shown. */
  async look(run: string, to: number, signal: AbortSignal): Promise<void> {
    const plane = await this.#client.plane(run, to, signal).catch(() => null);
    if (!signal.aborted) this.plane = plane && { run, plane };
  }
}
