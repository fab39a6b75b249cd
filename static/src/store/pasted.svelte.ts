import { ApiError, type Client } from "../api/client";
import type { ConvertedCode } from "../api/types";

export const DIALECTS = ["pytorch", "keras"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** Code that was pasted, and what it becomes; it stays for the next time. */
export class Pasted {
  source = $state("");
  dialect = $state<Dialect>("pytorch");
  /** Of the source as it is now; null while it is read, or where it is no code. */
  found = $state.raw<ConvertedCode | null>(null);
  refused = $state<string | null>(null);
  readonly #client: Pick<Client, "convert">;

  constructor(client: Pick<Client, "convert">) {
    this.#client = client;
  }

  /** Reads the source; a later reading takes an earlier one's place. */
  async read(signal: AbortSignal): Promise<void> {
    const { source, dialect } = this;
    try {
      const found = source.trim() ? await this.#client.convert(source, dialect, signal) : null;
      if (signal.aborted) return;
      [this.found, this.refused] = [found, null];
    } catch (error) {
      if (signal.aborted) return;
      [this.found, this.refused] = [null, error instanceof ApiError ? error.detail : String(error)];
    }
  }
}
