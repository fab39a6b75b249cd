import type { Client } from "../../api/client";
import type { History, Run } from "../../api/types";
import type { Reached } from "../moments/stops.svelte";
import type { Cursor } from "../stepping";
import { type Frame, framesOf } from "./frame";
import { mapResolution, rowOf, type Sample } from "./loader";
import { Pace, PICTURES } from "./pace";
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
  /** One past the last iteration that there is: a recording ends. */
  readonly end: number;
  readonly speed: { readonly unit: string; readonly perSecond: number };
  playing: boolean;
  waiting: boolean;
  advance(): void;
  settle(): void;
  showFrame(frame: Frame, sample: Sample): void;
  extendHistory(slice: History): void;
  /** Whether there is a condition at which playing stops. */
  readonly stopsSomewhere: boolean;
  /** Where playing has to stop, after a place and before an iteration. */
  nextStop(after: Cursor, to: number, signal: AbortSignal): Promise<Reached | null>;
  stopAt(stop: Reached): void;
  interrupt(error: unknown): Promise<void>;
}

/** Plays the run: single steps at slow speeds, whole iterations from bulk frames at fast ones. */
export class Player {
  readonly #view: Played;
  readonly #requests = new Requests<"frames" | "stop">();
  #frames: Frame[] = [];
  /** Of "max", which has no speed of its own. */
  #pace = new Pace();
  /** The sample that the frames are of. */
  #sample: Sample = "mean";
  #fetching = false;
  #request = 0;
  #due = 0;
  #last = 0;
  #from = 0;
  #asked = 0;
  /** Where playing began: it stops at what comes after. */
  #after: Cursor = { iteration: 0, step: 0 };
  /** The iterations before this one are known to have no stop but `#stop`. */
  #looked = 0;
  #stop: Reached | null = null;

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
    this.#from = this.#looked = this.#view.cursor.iteration;
    this.#asked = 0;
    this.#pace = new Pace();
    this.#after = this.#view.cursor;
    this.#stop = null;
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
    this.#lookAhead();
    this.#view.waiting = !this.#view.settled || this.#looked <= this.#view.cursor.iteration + 1;
    if (this.#view.waiting) return;
    this.#due += seconds * this.#view.speed.perSecond;
    if (this.#due < 1) return;
    this.#due = 0;
    const { cursor, end } = this.#view;
    this.#view.advance();
    if (cursor.iteration + 1 >= end && same(cursor, this.#view.cursor)) this.pause();
    if (this.#stop && !comesBefore(this.#view.cursor, this.#stop.cursor)) this.#view.stopAt(this.#stop);
  }

  /** Single steps are fetched one by one: where to stop is asked for ahead of them. */
  #lookAhead(): void {
    const { run } = this.#view;
    const from = this.#looked;
    if (!run || this.#fetching || this.#stop || from > this.#view.cursor.iteration + 2) return;
    if (this.#view.stopsSomewhere) void this.#await({ run: run.id, iteration: from }, from + CHUNK);
    else this.#looked = Number.POSITIVE_INFINITY;
  }

  async #await(asked: { run: string; iteration: number }, to: number): Promise<void> {
    this.#fetching = true;
    try {
      const found = await this.#requests.ask("stop", asked, async (signal) => ({
        stop: await this.#view.nextStop(this.#after, to, signal),
      }));
      if (!found) return;
      this.#stop = found.stop;
      this.#looked = to;
      this.#fetching = false;
    } catch (error) {
      void this.#view.interrupt(error);
    }
  }

  #tickFrames(seconds: number): void {
    if (this.#frames.length === 0 && !this.#stop && this.#from >= this.#view.end) {
      this.pause();
      return;
    }
    void this.#fetch();
    const stop = this.#frames.length === 0 ? this.#stop : null;
    this.#view.waiting = this.#frames.length === 0 && !stop;
    if (this.#view.waiting) return;
    this.#due += seconds * this.#pictures;
    if (stop) {
      if (this.#due >= 1) this.#view.stopAt(stop);
      return;
    }
    const skip = Math.min(Math.floor(this.#due), this.#frames.length);
    if (skip === 0) return;
    this.#due -= skip;
    const frame = this.#frames[skip - 1]!;
    this.#frames.splice(0, skip);
    this.#view.showFrame(frame, this.#sample);
  }

  /** Whether it goes as fast as the engine does. */
  get #flatOut(): boolean {
    return this.#view.speed.perSecond === Number.POSITIVE_INFINITY;
  }

  get #stride(): number {
    if (this.#flatOut) return this.#pace.stride;
    return Math.max(1, Math.round(this.#view.speed.perSecond / PICTURES_PER_SECOND));
  }

  /** How many pictures a second. */
  get #pictures(): number {
    return this.#flatOut ? PICTURES_PER_SECOND : this.#view.speed.perSecond / this.#stride;
  }

  /** How many pictures are asked for: few at first. */
  get #chunk(): number {
    if (this.#asked === 0) return FIRST_CHUNK;
    return this.#flatOut ? PICTURES : CHUNK;
  }

  /** Keeps a chunk ahead of what is on the screen. */
  async #fetch(): Promise<void> {
    const { run } = this.#view;
    if (!run || this.#fetching || this.#stop || this.#frames.length > CHUNK / 2) return;
    if (this.#from >= this.#view.end) return;
    this.#fetching = true;
    const [from, stride, sample] = [this.#from, this.#stride, this.#sample];
    const to = Math.min(this.#view.end, from + stride * this.#chunk);
    const since = performance.now();
    this.#asked++;
    this.#from = to;
    const query = { from, to, stride, resolution: mapResolution(run), ...rowOf(sample) };
    try {
      const chunk = await this.#requests.ask("frames", { run: run.id, iteration: from, sample }, (signal) =>
        Promise.all([
          this.#view.client.frames(run.id, query, signal),
          this.#view.client.history(run.id, from, to, signal),
          this.#view.nextStop(this.#after, to, signal),
        ]),
      );
      if (!chunk) return;
      if (this.#asked > 1) this.#pace.took(performance.now() - since);
      const [frames, history, stop] = chunk;
      this.#stop = stop;
      this.#frames.push(
        ...framesOf(frames).filter((frame) => !stop || frame.iteration < stop.cursor.iteration),
      );
      this.#view.extendHistory(history);
      this.#fetching = false;
    } catch (error) {
      void this.#view.interrupt(error);
    }
  }
}

const same = (a: Cursor, b: Cursor) => a.iteration === b.iteration && a.step === b.step;

const comesBefore = (a: Cursor, b: Cursor) =>
  a.iteration < b.iteration || (a.iteration === b.iteration && a.step < b.step);
