const NAME = "backscope.library";

/** Tabs of one browser on one library: each says when it wrote there, and hears when another did. */
export class Tabs {
  readonly #channel: BroadcastChannel | null;

  constructor(channel: BroadcastChannel | null) {
    this.#channel = channel;
  }

  wrote(): void {
    this.#channel?.postMessage("wrote");
  }

  heard(then: () => void): void {
    this.#channel?.addEventListener("message", then);
  }
}

/** None on a page without other tabs to speak of, such as a test's. */
export const tabs = new Tabs("window" in globalThis ? new BroadcastChannel(NAME) : null);
