import { type Asked, sameAsked } from "./asked";

interface Request {
  asked: Asked;
  controller: AbortController;
  answer: Promise<unknown>;
}

/**
 * What is on its way, one request a kind. The one place that decides whether an answer still counts: it does unless
 * something else of its kind was asked for meanwhile, or it was called off. What does not count is never seen, neither
 * the answer nor its failure.
 */
export class Requests<Kind extends string> {
  readonly #onTheWay = new Map<Kind, Request>();

  /** The answer; null if it no longer counts. Asked for the same again, it waits for the one request. */
  ask<T>(kind: Kind, asked: Asked, send: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    const last = this.#onTheWay.get(kind);
    if (last && sameAsked(last.asked, asked)) return last.answer as Promise<T | null>;
    last?.controller.abort();
    const controller = new AbortController();
    const answer = this.#counted(kind, controller, send(controller.signal));
    this.#onTheWay.set(kind, { asked, controller, answer });
    return answer;
  }

  /** Calls off what nobody looks at any more. */
  callOff(wanted: (kind: Kind) => Asked | null): void {
    for (const [kind, { asked, controller }] of this.#onTheWay) {
      if (sameAsked(asked, wanted(kind))) continue;
      controller.abort();
      this.#onTheWay.delete(kind);
    }
  }

  async #counted<T>(kind: Kind, { signal }: AbortController, answer: Promise<T>): Promise<T | null> {
    try {
      const item = await answer;
      return signal.aborted ? null : item;
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    } finally {
      if (!signal.aborted) this.#onTheWay.delete(kind);
    }
  }
}
