import { ApiError } from "../../api/client";

/** What is known of a text in a run: all that it gives in [0, to), or why it gives nothing there. */
export interface Known<T> {
  items: readonly T[];
  to: number;
  refused: string | null;
}

/** Iterations asked for at once: a long past comes piece by piece, and whoever waits sees it come. */
const SLICE = 500;
/** So many texts and runs are remembered. */
const MOST = 200;
const REFUSED = 422;
/** A text that the server cannot read is told beside its field; any other refusal is not about the text. */
const TEXTS = ["query.condition", "query.expression", "query.row", "query.inputs"];
const isAboutText = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status === REFUSED && TEXTS.includes(error.errors[0]?.path ?? "");

type Ask<T> = (run: string, text: string, from: number, to: number, signal?: AbortSignal) => Promise<T[]>;

/** The past of texts in runs: it never changes, so what is known only grows, from the first iteration on. */
export class Grown<T> {
  readonly #ask: Ask<T>;
  #known = $state.raw<ReadonlyMap<string, Known<T>>>(new Map());
  readonly #turns = new Map<string, Promise<void>>();

  constructor(ask: Ask<T>) {
    this.#ask = ask;
  }

  known(run: string, text: string): Known<T> {
    return this.#known.get(keyOf(run, text)) ?? { items: [], to: 0, refused: null };
  }

  /** All of [0, to), once it is here; what is asked for twice is fetched once. */
  async reach(run: string, text: string, to: number, signal?: AbortSignal): Promise<Known<T>> {
    if (this.#isComplete(run, text, to)) return this.known(run, text);
    const key = keyOf(run, text);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => this.#grow(run, text, to, signal));
    this.#turns.set(
      key,
      turn.catch(() => {}),
    );
    await turn;
    return this.known(run, text);
  }

  #isComplete(run: string, text: string, to: number): boolean {
    const known = this.known(run, text);
    return known.to >= to || known.refused !== null;
  }

  async #grow(run: string, text: string, to: number, signal?: AbortSignal): Promise<void> {
    while (!this.#isComplete(run, text, to)) {
      signal?.throwIfAborted();
      await this.#more(run, text, to, signal);
    }
  }

  async #more(run: string, text: string, to: number, signal?: AbortSignal): Promise<void> {
    const { items, to: from } = this.known(run, text);
    const end = Math.min(to, from + SLICE);
    try {
      const more = await this.#ask(run, text, from, end, signal);
      this.#keep(keyOf(run, text), { items: [...items, ...more], to: end, refused: null });
    } catch (error) {
      if (!isAboutText(error)) throw error;
      this.#keep(keyOf(run, text), { items, to: from, refused: error.detail });
    }
  }

  #keep(key: string, known: Known<T>): void {
    const others = [...this.#known].filter(([other]) => other !== key);
    this.#known = new Map([...others.slice(1 - MOST), [key, known]]);
  }
}

const keyOf = (run: string, text: string) => `${run} ${text}`;
