import type { Client } from "../../api/client";
import type { Cell, Derivation } from "../../api/types";

/** What some cells of an update are the sums of: the addends of each, as the server tells them. */
export class Addends {
  /** By the value's name; a value that is no sum has one addend, one that is not told has none. */
  of = $state.raw<ReadonlyMap<string, Derivation["terms"]>>(new Map());
  readonly #client: Pick<Client, "derivation">;

  constructor(client: Pick<Client, "derivation">) {
    this.#client = client;
  }

  /** Asks for the addends of cells of one iteration, all at once; those of another place leave as these arrive. */
  async look(run: string, t: number, cells: readonly Cell[], signal: AbortSignal): Promise<void> {
    const told = await Promise.all(
      cells.map(async (cell) => {
        const found = await this.#client.derivation(run, t, cell, {}, signal).catch(() => null);
        return [cell.value, found?.terms ?? []] as const;
      }),
    );
    if (!signal.aborted) this.of = new Map(told);
  }
}
