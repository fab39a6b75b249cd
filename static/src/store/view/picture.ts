import type { Run } from "../../api/types";
import { CalledOff } from "../work/longWork.svelte";
import type { Details, Shown } from "./details";
import type { Frame } from "./frame";
import type { Moment } from "./loader";

const START = { cursor: { iteration: 0, step: 0 }, reach: 0 };
/** Details wait this long for the cursor to rest, in milliseconds. */
const REST = 80;

/** Brings the iteration at a view's cursor. */
export class Picture {
  readonly #view: Shown;
  readonly #details: Details;
  /** Where the last picture was of that came. */
  #last: Pick<Shown, "cursor" | "reach"> | null = null;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(view: Shown, details: Details) {
    this.#view = view;
    this.#details = details;
  }

  /** At once where it is here already; details follow when the cursor rests. */
  show(): void {
    const { run, cursor, sample, loader } = this.#view;
    if (!run) return;
    this.#leave();
    this.keep(loader.knownMoment(run, cursor.iteration), loader.knownFrame(run, cursor.iteration, sample));
    void this.#view.guarded(() => this.load());
  }

  /** What is on its way to the place before counts no longer. */
  #leave(): void {
    clearTimeout(this.#resting);
    this.#view.answers.callOff();
    this.#details.callOff();
  }

  keep(moment: Moment | null, frame: Frame | null): void {
    const { run, cursor, sample, answers } = this.#view;
    const asked = { run: run!.id, iteration: cursor.iteration };
    if (moment) answers.keep("moment", asked, moment);
    if (moment) answers.keep("summary", asked, moment.summary);
    if (frame) answers.keep("frame", { ...asked, sample }, frame);
    if (moment) this.#last = { cursor, reach: this.#view.reach };
  }

  async load(): Promise<void> {
    const { run, cursor, sample, answers, loader } = this.#view;
    if (!run || (loader.isFar(run, cursor.iteration) && !(await this.#reach(run)))) return;
    const [moment, frame] = await Promise.all([
      answers.askHere("moment", (signal) => loader.moment(run, cursor.iteration, signal)),
      answers.askHere("frame", (signal) => loader.frame(run, cursor.iteration, sample, signal)),
    ]);
    if (!moment || !frame || !this.#view.fresh) return;
    this.#last = { cursor, reach: this.#view.reach };
    answers.keep("summary", { run: run.id, iteration: moment.iteration }, moment.summary);
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => void this.#details.rest(), REST);
  }

  /** Whether the server has trained up to the cursor; called off, the cursor goes back to where it was. */
  async #reach(run: Run): Promise<boolean> {
    const { answers, cursor, loader } = this.#view;
    try {
      return (
        (await answers.askHere("reached", (signal) => loader.reach(run, cursor.iteration, signal))) ?? false
      );
    } catch (error) {
      if (!(error instanceof CalledOff)) throw error;
      const { cursor: last, reach } = this.#last ?? START;
      this.#view.reach = reach;
      this.#view.cursor = last;
      this.show();
      return false;
    }
  }

  close(): void {
    clearTimeout(this.#resting);
  }
}
