import { NotRecorded } from "../../api/client";
import { type Asked, sameAsked } from "./asked";
import { Requests } from "./requests";

/** An answer with what it was asked for. */
export interface Answer<T> {
  asked: Asked;
  item: T;
}

/** The newest answer of each kind, each with the place it belongs to: it is never handed out as that of another. */
export class Answers<Kinds extends object> {
  readonly #requests = new Requests<keyof Kinds & string>();
  readonly #wanted: (kind: keyof Kinds) => Asked | null;
  /** For which place there is none: the recording that the page plays does not hold it. */
  #missing = $state.raw<{ [K in keyof Kinds]?: Asked }>({});
  #kept = $state.raw<{ [K in keyof Kinds]?: Answer<Kinds[K]> }>({});

  constructor(wanted: (kind: keyof Kinds) => Asked | null) {
    this.#wanted = wanted;
  }

  /** The answer for the place that is looked at; null while there is none. */
  here<K extends keyof Kinds>(kind: K): Kinds[K] | null {
    const kept = this.#kept[kind];
    return kept && sameAsked(kept.asked, this.#wanted(kind)) ? kept.item : null;
  }

  /** The newest answer, for what says itself which place it is of. */
  newest<K extends keyof Kinds>(kind: K): Kinds[K] | null {
    return this.#kept[kind]?.item ?? null;
  }

  /** Whether a recording holds nothing of this kind for the place that is looked at. */
  missing = (kind: keyof Kinds): boolean => sameAsked(this.#missing[kind] ?? null, this.#wanted(kind));

  keep<K extends keyof Kinds>(kind: K, asked: Asked, item: Kinds[K]): void {
    this.#kept = { ...this.#kept, [kind]: { asked, item } };
  }

  /** Asks for what belongs to a place, and keeps it if it still counts when it comes. */
  async ask<K extends keyof Kinds & string>(
    kind: K,
    asked: Asked,
    send: (signal: AbortSignal) => Promise<Kinds[K]>,
  ): Promise<Kinds[K] | null> {
    const item = await this.#requests.ask(kind, asked, send).catch((error: unknown) => {
      if (!(error instanceof NotRecorded)) throw error;
      this.#missing = { ...this.#missing, [kind]: asked };
      return null;
    });
    if (item !== null) this.keep(kind, asked, item);
    return item;
  }

  /** Asks for what belongs to the place that is looked at. */
  async askHere<K extends keyof Kinds & string>(
    kind: K,
    send: (signal: AbortSignal) => Promise<Kinds[K]>,
  ): Promise<Kinds[K] | null> {
    const asked = this.#wanted(kind);
    return asked && (this.here(kind) ?? this.ask(kind, asked, send));
  }

  /** Calls off all that is on its way to a place that is no longer looked at. */
  callOff(): void {
    this.#requests.callOff(this.#wanted);
  }

  close(): void {
    this.#requests.callOff(() => null);
  }
}
