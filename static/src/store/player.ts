import type { Client } from "../api/client";
import type { History, Run } from "../api/types";
import { type Frame, framesOf } from "./frame";
import { mapResolution, rowOf, type Sample } from "./loader";
import type { Cursor } from "./stepping";

/** Frames asked for at once: little at first, so that playing starts soon. */
const FIRST_CHUNK = 12;
const CHUNK = 60;
/** More pictures a second than this nobody sees: faster playing skips iterations instead. */
const PICTURES_PER_SECOND = 60;
/** No leap after the page was hidden or the machine stalled. */
const LONGEST_TICK = 0.1;

/** What the player needs of who holds the run. */
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
  showFrame(frame: Frame): void;
  extendHistory(run: string, slice: History): void;
  interrupt(error: unknown): Promise<void>;
}

/** Plays the run: single steps at slow speeds, whole iterations from bulk frames at fast ones. */
export class Player {
  readonly #store: Played;
  #frames: Frame[] = [];
  #next: Promise<void> | null = null;
  #abort = new AbortController();
  #request = 0;
  #due = 0;
  #last = 0;
  #from = 0;
  #asked = 0;

  constructor(store: Played) {
    this.#store = store;
  }

  toggle(): void {
    if (this.#store.playing) this.pause();
    else this.play();
  }

  play(): void {
    const { run } = this.#store;
    if (this.#store.playing || !run) return;
    this.#store.playing = true;
    this.#restart();
    this.#last = performance.now();
    this.#request = requestAnimationFrame(this.#tick);
  }

  /** Stops where it is and brings that iteration's full trace. */
  pause(): void {
    if (!this.#store.playing) return;
    this.stop();
    this.#store.settle();
  }

  stop(): void {
    if (!this.#store.playing) return;
    this.#store.playing = false;
    this.#store.waiting = false;
    cancelAnimationFrame(this.#request);
    this.#abort.abort();
  }

  /** Drops what was fetched ahead: after a change of speed or sample. */
  restart(): void {
    if (this.#store.playing) this.#restart();
  }

  #restart(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#frames = [];
    this.#next = null;
    this.#due = 0;
    this.#from = this.#store.cursor.iteration;
    this.#asked = 0;
  }

  readonly #tick = (now: number): void => {
    if (!this.#store.playing) return;
    const seconds = Math.min(LONGEST_TICK, (now - this.#last) / 1000);
    this.#last = now;
    if (this.#store.speed.unit === "step") this.#tickSteps(seconds);
    else this.#tickFrames(seconds);
    if (this.#store.playing) this.#request = requestAnimationFrame(this.#tick);
  };

  /** Waits for a trace that is not here yet instead of running ahead of it. */
  #tickSteps(seconds: number): void {
    this.#store.waiting = !this.#store.settled;
    if (this.#store.waiting) return;
    this.#due += seconds * this.#store.speed.perSecond;
    if (this.#due < 1) return;
    this.#due = 0;
    this.#store.advance();
  }

  #tickFrames(seconds: number): void {
    this.#fetch();
    this.#store.waiting = this.#frames.length === 0;
    if (this.#store.waiting) return;
    this.#due += (seconds * this.#store.speed.perSecond) / this.#stride;
    const skip = Math.min(Math.floor(this.#due), this.#frames.length);
    if (skip === 0) return;
    this.#due -= skip;
    const frame = this.#frames[skip - 1]!;
    this.#frames.splice(0, skip);
    this.#store.showFrame(frame);
  }

  get #stride(): number {
    return Math.max(1, Math.round(this.#store.speed.perSecond / PICTURES_PER_SECOND));
  }

  /** Keeps a chunk ahead of what is on the screen. */
  #fetch(): void {
    if (this.#next || this.#frames.length > CHUNK / 2) return;
    const { run, sample } = this.#store;
    if (!run) return;
    const stride = this.#stride;
    const from = this.#from;
    const to = from + stride * (this.#asked++ === 0 ? FIRST_CHUNK : CHUNK);
    this.#from = to;
    const { signal } = this.#abort;
    const query = { from, to, stride, resolution: mapResolution(run), ...rowOf(sample) };
    this.#next = Promise.all([
      this.#store.client.frames(run.id, query, signal),
      this.#store.client.history(run.id, from, to, signal),
    ])
      .then(([values, slice]) => {
        if (signal.aborted) return;
        this.#frames.push(...framesOf(values));
        this.#store.extendHistory(run.id, slice);
        this.#next = null;
      })
      .catch((error: unknown) => {
        if (!signal.aborted) void this.#store.interrupt(error);
      });
  }
}
