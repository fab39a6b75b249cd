import type { RunConfig } from "../../api/types";

/** A run that was looked at, and where it was left. */
export interface Seen {
  id: string;
  title: string;
  config: RunConfig;
  iteration: number;
  step: number;
  /** Milliseconds since 1970. */
  when: number;
}

/** So many are kept: what one did last, not all that one ever did. */
const MOST = 5;
const KEY = "backscope.recent";

interface Kept {
  off: boolean;
  list: readonly Seen[];
}

/**
 * What was looked at last, kept in this browser without being asked. It lies beside the library, so nothing that
 * was saved by hand is ever written over.
 */
export class Recent {
  #kept = $state.raw<Kept>(load());

  constructor() {
    if ("window" in globalThis)
      window.addEventListener("storage", ({ key }) => {
        if (key === KEY) this.#kept = load(); // another tab
      });
  }

  get list(): readonly Seen[] {
    return this.#kept.list;
  }
  get off(): boolean {
    return this.#kept.off;
  }

  /** Of one run only the last place; what another tab kept meanwhile stays. */
  note(seen: Seen): void {
    const { off, list } = load();
    const others = list.filter((other) => other.id !== seen.id);
    this.#keep({ off, list: off ? list : [seen, ...others].slice(0, MOST) });
  }

  forget(id: string): void {
    const { off, list } = load();
    this.#keep({ off, list: list.filter((seen) => seen.id !== id) });
  }

  /** Off, nothing more is kept, and what was is gone. */
  switch(off: boolean): void {
    this.#keep({ off, list: off ? [] : load().list });
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // storage is full or switched off: it then lasts as long as the page
    }
  }
}

function load(): Kept {
  try {
    const { off, list } = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Kept>;
    return { off: off === true, list: Array.isArray(list) ? list.filter(isSeen) : [] };
  } catch {
    return { off: false, list: [] };
  }
}

const isSeen = ({ id, title, config, iteration, step, when }: Partial<Seen>): boolean =>
  typeof id === "string" &&
  typeof title === "string" &&
  Array.isArray(config?.edits) &&
  [iteration, step, when].every((n) => Number.isSafeInteger(n) && n! >= 0);

export const recent = new Recent();
