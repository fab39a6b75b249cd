import { decode } from "./decode";
import { ApiError, noAnswer } from "./errors";
import type { Problem, SearchStatus, TrialEntries, TrialEntry } from "./types";

/** How much of a piece of long work is done. */
export interface Piece {
  done: number;
  of: number;
}

const documentOf = (event: Event): unknown => decode(JSON.parse((event as MessageEvent<string>).data));

/** Long work: told how far it is until it is done; it ends when the signal says so. */
export function listen<So, Found>(
  url: string,
  told: (so: So) => void,
  signal: AbortSignal | null,
): Promise<Found> {
  const source = new EventSource(url);
  const over = new Promise<Found>((resolve, reject) => {
    source.addEventListener("progress", (event) => told(documentOf(event) as So));
    source.addEventListener("done", (event) => resolve(documentOf(event) as Found));
    source.addEventListener("problem", (event) => reject(new ApiError(documentOf(event) as Problem)));
    source.addEventListener("error", () => reject(noAnswer()));
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return over.finally(() => source.close());
}

export interface SearchListener {
  trials: (entries: TrialEntry[]) => void;
  progress: (status: SearchStatus) => void;
  done: () => void;
  /** No answer just now; the browser asks again by itself, and is told everything anew. */
  interrupted: () => void;
}

/** Tells of a search while it runs, beginning with all that is known; ends it when the function is called. */
export function watched(url: string, told: SearchListener): () => void {
  const source = new EventSource(url);
  source.addEventListener("trials", (event) => told.trials((documentOf(event) as TrialEntries).entries));
  source.addEventListener("progress", (event) => told.progress(documentOf(event) as SearchStatus));
  source.addEventListener("done", () => {
    source.close();
    told.done();
  });
  source.addEventListener("error", () => told.interrupted());
  return () => source.close();
}
