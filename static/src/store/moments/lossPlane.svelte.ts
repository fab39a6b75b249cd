import type { Client } from "../../api/client";
import type { Plane, PlaneQuery } from "../../api/types";

/** A path of fewer iterations says little of where it leads: the plane holds at least that many. */
const LEAST = 128;

/** Iterations that a plane holds: a power of two, so that it rests while the path grows. */
export function held(reach: number): number {
  let to = LEAST;
  while (to < reach + 1) to *= 2;
  return to;
}

/** A way that another run took. */
export interface Ghost {
  /** The run that it was, and the formula whose plane it lies in. */
  run: string;
  formula: unknown;
  x: number[];
  y: number[];
}

/** From the least to the largest of the numbers that are finite; nothing of none. */
function ends(numbers: number[]): [number | undefined, number | undefined] {
  const finite = numbers.filter(Number.isFinite);
  return finite.length ? [Math.min(...finite), Math.max(...finite)] : [undefined, undefined];
}

/** What a plane has to hold besides its own path. */
export function reachOf(ghost: Ghost | null): Omit<PlaneQuery, "to"> {
  if (!ghost) return {};
  const [[x_from, x_to], [y_from, y_to]] = [ends(ghost.x), ends(ghost.y)];
  return { x_from, x_to, y_from, y_to };
}

/** The loss of an expression over its two trained inputs. */
export class LossPlane {
  plane = $state.raw<{ run: string; plane: Plane } | null>(null);
  readonly #client: Pick<Client, "plane">;

  constructor(client: Pick<Client, "plane">) {
    this.#client = client;
  }

  /** Around the path of the first iterations, and a ghost's; what cannot be had is not shown. */
  async look(run: string, query: PlaneQuery, signal: AbortSignal): Promise<void> {
    const plane = await this.#client.plane(run, query, signal).catch(() => null);
    if (!signal.aborted) this.plane = plane && { run, plane };
  }
}
