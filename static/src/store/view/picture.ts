import type { Details, Shown } from "./details";
import type { Frame } from "./frame";
import type { Moment } from "./loader";

/** Details wait this long for the cursor to rest, in milliseconds. */
const REST = 80;

/** Brings the iteration at a view's cursor. */
export class Picture {
  readonly #view: Shown;
  readonly #details: Details;
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
  }

  async load(): Promise<void> {
    const { run, cursor, sample, answers, loader } = this.#view;
    if (!run) return;
    const [moment, frame] = await Promise.all([
      answers.askHere("moment", (signal) => loader.moment(run, cursor.iteration, signal)),
      answers.askHere("frame", (signal) => loader.frame(run, cursor.iteration, sample, signal)),
    ]);
    if (!moment || !frame || !this.#view.fresh) return;
    answers.keep("summary", { run: run.id, iteration: moment.iteration }, moment.summary);
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => void this.#details.rest(), REST);
  }

  close(): void {
    clearTimeout(this.#resting);
  }
}
