/** How far a long piece of work is, and by its pace so far how long it still takes; null before there is a pace. */
export interface Far {
  done: number;
  of: number;
  secondsLeft: number | null;
}
/** Says how much of it is done; one that begins anew says less than before. */
export type Tell = (done: number, of: number) => void;

/** It was called off, by whoever waited for it: no trouble, and no answer either. */
export class CalledOff extends Error {}

const SECOND = 1000;

/** How long work still takes, by the pace since it last began anew. */
export class Pace {
  #first: { done: number; of: number; at: number } | null = null;

  at(done: number, of: number): Far {
    const now = performance.now();
    const first = this.#first;
    if (!first || first.of !== of || done <= first.done) {
      this.#first = { done, of, at: now };
      return { done, of, secondsLeft: null };
    }
    const each = (now - first.at) / SECOND / (done - first.done);
    return { done, of, secondsLeft: each * (of - done) };
  }
}

/** Long work, one piece at a time: how far it is, how long it still takes, and a way to call it off. */
export class LongWork {
  far = $state.raw<Far | null>(null);
  #controller = $state.raw<AbortController | null>(null);

  get running(): boolean {
    return this.#controller !== null;
  }

  /**
   * Does it; what is running is called off. Called off itself, it ends in `CalledOff`. A signal from outside calls
   * it off too, with its own reason.
   */
  async do<T>(task: (tell: Tell, signal: AbortSignal) => Promise<T>, outer?: AbortSignal): Promise<T> {
    this.cancel();
    const controller = new AbortController();
    this.#controller = controller;
    const abort = () => controller.abort(outer!.reason);
    outer?.addEventListener("abort", abort, { once: true });
    try {
      const found = await task(this.#teller(controller), controller.signal);
      controller.signal.throwIfAborted();
      return found;
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      outer?.removeEventListener("abort", abort);
      if (this.#controller === controller) this.#over();
    }
  }

  cancel = (): void => {
    this.#controller?.abort(new CalledOff());
    this.#over();
  };

  #over(): void {
    this.#controller = null;
    this.far = null;
  }

  #teller(controller: AbortController): Tell {
    const pace = new Pace();
    return (done, of) => {
      if (this.#controller === controller) this.far = pace.at(done, of);
    };
  }
}

/** Does what may be called off by whoever waits for it: then nothing more is to be said. */
export async function unlessCalledOff(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof CalledOff)) throw error;
  }
}
