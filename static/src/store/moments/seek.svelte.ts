import { timeLeft } from "../../common/format";
import type { Cursor } from "../stepping";
import type { RunView } from "../view/runView.svelte";
import { LongWork, type Tell, unlessCalledOff } from "../work/longWork.svelte";
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
  readonly #work = new LongWork();
  /** From where a search that found nothing goes on. */
  #from: { run: string; after: Cursor; to: number } | null = null;
  #said = $state.raw<Seeking | null>(null);

  constructor(page: Page) {
    this.#page = page;
  }

  get busy(): boolean {
    return this.state !== null && !this.state.done;
  }

  get state(): Seeking | null {
    const { far } = this.#work;
    if (!far || !this.#said) return this.#said;
    const left = timeLeft(far.secondsLeft);
    return { ...this.#said, words: `${this.#said.words} of ${far.of}${left && `, ${left}`}. Esc ends it.` };
  }

  next = (): Promise<void> => this.#seek((run, after, tell, signal) => this.#ahead(run, after, tell, signal));
  previous = (): Promise<void> =>
    this.#seek(async (run, before, _, signal) => {
      const found = await this.#page.stops.previous(run, before, signal);
      if (!found) this.#say(run, before.iteration, "No hit before this one.");
      return found;
    });

  cancel(): void {
    this.#work.cancel();
    this.#said = null;
  }

  async #seek(
    look: (run: string, cursor: Cursor, tell: Tell, signal: AbortSignal) => Promise<Reached | null>,
  ): Promise<void> {
    const { view, stops } = this.#page;
    this.cancel();
    view.pause();
    if (!view.run) return;
    if (!stops.on.length)
      return this.#say(view.run.id, 0, "No condition is on. B adds one for what is selected.");
    const run = view.run.id;
    await view.guarded(() =>
      unlessCalledOff(async () => {
        const found = await this.#work.do((tell, signal) => look(run, view.cursor, tell, signal));
        if (!found) return;
        this.#said = null;
        view.stopAt(found);
      }),
    );
    if (this.busy && !this.#work.running) this.#said = null;
  }

  async #ahead(run: string, after: Cursor, tell: Tell, signal: AbortSignal): Promise<Reached | null> {
    const { view, stops } = this.#page;
    const last = this.#from;
    const goesOn =
      last?.run === run && last.after.iteration === after.iteration && last.after.step === after.step;
    const begin = goesOn ? last.to : Math.max(view.reach + 1, after.iteration + 1);
    for (let to = begin; to <= begin + FURTHEST && !signal.aborted; to += SLICE) {
      tell(to, begin + FURTHEST);
      this.#said = { run, to, done: false, words: `Searching: iteration ${to}` };
      const found = await stops.next(run, after, to, signal);
      if (found) return found;
    }
    signal.throwIfAborted();
    this.#from = { run, after, to: begin + FURTHEST };
    this.#say(run, begin + FURTHEST, `No hit up to iteration ${begin + FURTHEST}. ] looks further.`);
    return null;
  }

  #say(run: string, to: number, words: string): void {
    this.#said = { run, to, done: true, words };
  }
}
