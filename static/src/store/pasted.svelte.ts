import { ApiError, type Client } from "../api/client";
import type { ConvertedCode } from "../api/types";

export const DIALECTS = ["pytorch", "keras"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** Code that was pasted, and what it becomes; it stays for the next time. */
export class Pasted {
  /** Whether its dialog is open. */
  open = $state(false);
  source = $state("");
  dialect = $state<Dialect>("pytorch");
  /** Of the source as it is now; null while it is read, or where it is no code. */
  found = $state.raw<ConvertedCode | null>(null);
  refused = $state<string | null>(null);
  readonly #client: Pick<Client, "convert">;

  constructor(client: Pick<Client, "convert">) {
    this.#client = client;
  }

  /** Shows code that came as a file: a script, or the cells of a notebook. */
  bring(text: string): void {
    this.source = codeOf(text);
    this.dialect = /\bkeras\b/.test(this.source) && !/\btorch\b/.test(this.source) ? "keras" : "pytorch";
    this.open = true;
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

/** The code of a notebook's cells, one after the other; of anything else the text. */
export function codeOf(text: string): string {
  try {
    const { cells } = JSON.parse(text) as { cells?: { cell_type?: unknown; source?: unknown }[] };
    if (!Array.isArray(cells)) return text;
    const code = cells.filter((cell) => cell?.cell_type === "code");
    return code
      .map(({ source }) => (Array.isArray(source) ? source.join("") : String(source ?? "")))
      .join("\n\n");
  } catch {
    return text;
  }
}
