import type { Client } from "../../api/client";
import type { History, Run } from "../../api/types";
import type { Cursor } from "../stepping";
import { type Frame, framesOf } from "./frame";
import { mapResolution, rowOf, type Sample } from "./loader";
import { Requests } from "./requests";

/** Frames asked for at once: little at first, so that playing starts soon. */
const FIRST_CHUNK = 12;
const CHUNK = 60;
/** More pictures a second than this nobody sees: faster playing skips iterations instead. */
const PICTURES_PER_SECOND = 60;
/** No leap after the page was hidden or the machine stalled. */
const LONGEST_TICK = 0.1;

/** What the player needs of the view that it plays. */
export interface Played {
  readonly client: Pick<Client, "frames" | "history">;
  readonly run: Run | null;
  readonly cursor: Cursor;
  readonly sample: Sample;
  readonly settled: boolean;
  readonly speed: { readonly unit: string; readonly perSecond: number };
  playing: boolean;
  waiting: boolean;
  advance(): void;
  settle(): void;
  showFrame(frame: Frame, sample: Sample): void;
  extendHistory(slice: History): void;
  interrupt(error: unknown): Promise<void>;
}

/** Plays the run: single steps at slow speeds, whole iterations from bulk frames at fast ones. */
export class Player {
  readonly #view: Played;
  readonly #requests = new Requests<"frames">();
  #frames: Frame[] = [];
  /** The sample that the frames are of. */
  #sample: Sample = "mean";
  #fetching = false;
  #request = 0;
  #due = 0;
  #last = 0;
  #from = 0;
  #asked = 0;

  constructor(view: Played) {
    this.#view = view;
  }

  play(): void {
    if (this.#view.playing || !this.#view.run) return;
    this.#view.playing = true;
    this.#restart();
    this.#last = performance.now();
    this.#request = requestAnimationFrame(this.#tick);
  }

  /** Stops where it is and brings that iteration's full trace. */
  pause(): void {
    if (!this.#view.playing) return;
    this.stop();
    this.#view.settle();
  }

  stop(): void {
    if (!this.#view.playing) return;
    this.#view.playing = false;
    this.#view.waiting = false;
    cancelAnimationFrame(this.#request);
    this.#requests.callOff(() => null);
  }

  /** Drops what was fetched ahead: after a change of speed or sample. */
  restart(): void {
    if (this.#view.playing) this.#restart();
  }

  #restart(): void {
    this.#requests.callOff(() => null);
    this.#frames = [];
    this.#fetching = false;
    this.#due = 0;
    this.#sample = this.#view.sample;
    this.#from = this.#view.cursor.iteration;
    this.#asked = 0;
  }

  readonly #tick = (now: number): void => {
    if (!this.#view.playing) return;
    const seconds = Math.min(LONGEST_TICK, (now - this.#last) / 1000);
    this.#last = now;
    if (this.#view.speed.unit === "step") this.#tickSteps(seconds);
    else this.#tickFrames(seconds);
    if (this.#view.playing) this.#request = requestAnimationFrame(this.#tick);
  };

  /** Waits for a trace that is not here yet instead of running ahead of it. */
  #tickSteps(seconds: number): void {
    this.#view.waiting = !this.#view.settled;
    if (this.#view.waiting) return;
    this.#due += seconds * this.#view.speed.perSecond;
    if (this.#due < 1) return;
    this.#due = 0;
    this.#view.advance();
  }

  #tickFrames(seconds: number): void {
    void this.#fetch();
    this.#view.waiting = this.#frames.length === 0;
    if (this.#view.waiting) return;
    this.#due += (seconds * this.#view.speed.perSecond) / this.#stride;
    const skip = Math.min(Math.floor(this.#due), this.#frames.length);
    if (skip === 0) return;
    this.#due -= skip;
    const frame = this.#frames[skip - 1]!;
    this.#frames.splice(0, skip);
    this.#view.showFrame(frame, this.#sample);
  }

  get #stride(): number {
    return Math.max(1, Math.round(this.#view.speed.perSecond / PICTURES_PER_SECOND));
  }

  /** Keeps a chunk ahead of what is on the screen. */
  async #fetch(): Promise<void> {
    const { run } = this.#view;
    if (!run || this.#fetching || this.#frames.length > CHUNK / 2) return;
    this.#fetching = true;
    const [from, stride, sample] = [this.#from, this.#stride, this.#sample];
    const to = from + stride * (this.#asked++ === 0 ? FIRST_CHUNK : CHUNK);
    this.#from = to;
    const query = { from, to, stride, resolution: mapResolution(run), ...rowOf(sample) };
    try {
      const chunk = await this.#requests.ask("frames", { run: run.id, iteration: from, sample }, (signal) =>
        Promise.all([
          this.#view.client.frames(run.id, query, signal),
          this.#view.client.history(run.id, from, to, signal),
        ]),
      );
      if (!chunk) return;
      this.#frames.push(...framesOf(chunk[0]));
      this.#view.extendHistory(chunk[1]);
      this.#fetching = false;
    } catch (error) {
      void this.#view.interrupt(error);
    }
  }
}
