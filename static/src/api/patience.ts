/** HTTP status of a server that has too much to do just now. */
const BUSY = 503;
const SECOND = 1000;
/** After so many turns away it is no passing rush, and the refusal is shown. */
const MOST_TURNS = 30;

/** Asks again whenever a busy server says when to come back, and tells how many requests wait so. */
export class Patience {
  #waiting = 0;
  changed: (waiting: number) => void = () => {};

  async ask(send: () => Promise<Response>, signal: AbortSignal | null): Promise<Response> {
    let response = await send();
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const seconds = Number(response.headers.get("retry-after"));
      if (response.status !== BUSY || !(seconds > 0)) break;
      await this.#wait(spread(seconds) * SECOND, signal);
      response = await send();
    }
    return response;
  }

  async #wait(milliseconds: number, signal: AbortSignal | null): Promise<void> {
    this.changed(++this.#waiting);
    try {
      await pause(milliseconds, signal);
    } finally {
      this.changed(--this.#waiting);
    }
  }
}

/** A little later than asked, each request another bit: all at once would be the same rush again. */
const spread = (seconds: number) => seconds * (1 + Math.random() / 2);

function pause(milliseconds: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", over);
      resolve();
    }, milliseconds);
    if (signal?.aborted) over();
    else signal?.addEventListener("abort", over, { once: true });
  });
}
