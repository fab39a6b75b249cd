import type { Cursor } from "../stepping";
import type { RunView } from "../view/runView.svelte";
import type { Reached, Stops } from "./stops.svelte";

/** So many iterations are looked through for the next hit; another press of the key goes on from there. */
const FURTHEST = 5000;
/** Between two looks at how far it has got. */
const SLICE = 500;

/** What there is to say of a search: how far it has looked, or that it found nothing. */
export interface Seeking {
  run: string;
  to: number;
  done: boolean;
  words: string;
}

interface Page {
  readonly view: RunView;
  readonly stops: Stops;
}

/** Goes from hit to hit, also to one that no training has reached yet. */
export class Seeker {
  readonly #page: Page;
  #controller: AbortController | null = null;
  /** From where a search that found nothing goes on. */
  #from: { run: string; after: Cursor; to: number } | null = null;
  state = $state.raw<Seeking | null>(null);

  constructor(page: Page) {
    this.#page = page;
  }

  get busy(): boolean {
    return this.state !== null && !this.state.done;
  }

  next = (): Promise<void> => this.#seek((run, after, signal) => this.#ahead(run, after, signal));
  previous = (): Promise<void> =>
    this.#seek(async (run, before, signal) => {
      const found = await this.#page.stops.previous(run, before, signal);
      if (!found) this.#say(run, before.iteration, "No hit before this one.");
      return found;
    });

  cancel(): void {
    this.#controller?.abort();
    this.#controller = null;
    this.state = null;
  }

  async #seek(
    look: (run: string, cursor: Cursor, signal: AbortSignal) => Promise<Reached | null>,
  ): Promise<void> {
    const { view, stops } = this.#page;
    this.cancel();
    view.pause();
    if (!view.run) return;
    if (!stops.on.length)
      return this.#say(view.run.id, 0, "No condition is on. B adds one for what is selected.");
    const controller = new AbortController();
    this.#controller = controller;
    const run = view.run.id;
    await view.guarded(async () => {
      const found = await look(run, view.cursor, controller.signal);
      if (controller.signal.aborted || !found) return;
      this.state = null;
      view.stopAt(found);
    });
    if (this.#controller === controller) this.#controller = null;
    if (this.busy) this.state = null;
  }

  async #ahead(run: string, after: Cursor, signal: AbortSignal): Promise<Reached | null> {
    const { view, stops } = this.#page;
    const last = this.#from;
    const goesOn =
      last?.run === run && last.after.iteration === after.iteration && last.after.step === after.step;
    const begin = goesOn ? last.to : Math.max(view.reach + 1, after.iteration + 1);
    for (let to = begin; to <= begin + FURTHEST && !signal.aborted; to += SLICE) {
      this.state = { run, to, done: false, words: `Searching: iteration ${to}. Esc ends it.` };
      const found = await stops.next(run, after, to, signal);
      if (found) return found;
    }
    if (signal.aborted) return null;
    this.#from = { run, after, to: begin + FURTHEST };
    this.#say(run, begin + FURTHEST, `No hit up to iteration ${begin + FURTHEST}. ] looks further.`);
    return null;
  }

  #say(run: string, to: number, words: string): void {
    this.state = { run, to, done: true, words };
  }
}
