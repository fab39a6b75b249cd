import { ApiError, type Client } from "../../api/client";
import type { Cure, Edit, History, Run, RunConfig } from "../../api/types";
import type { At } from "../../common/curve";
import { same } from "../../config/paths";
import { LongWork, type Tell, unlessCalledOff } from "../work/longWork.svelte";

/** So many iterations show whether a cure helps. */
export const TRIAL = 100;

/** The courses grow in about so many pieces, none longer than the other number of iterations. */
const PIECES = 10;
const LONGEST = 500;

/** Losses over a whole set, from the start on. */
type Course = readonly At[];

/** What came of a cure: the training loss with it at an iteration, beside that of the run as it is. */
export interface Trial {
  at: number;
  value: number;
  without: number;
  /** The same of the test set, if there is one. */
  test: { value: number; without: number } | null;
  /** The test losses up to there, training losses without a test set. */
  course: Course;
  before: Course;
  /** Another loss is no number to compare with. */
  comparable: boolean;
}

/** How far a cure is that is being tried: both courses up to there. */
export interface Trying {
  reached: number;
  at: number;
  course: Course;
  before: Course;
}

/** A run and the iteration from which cures are tried in it. */
interface From {
  readonly run: Run | null;
  readonly cursor: { readonly iteration: number };
}
type Server = Pick<Client, "branch" | "createRun" | "evaluation" | "history">;

/** Tries cures in the background: each as the branch that it would be, some iterations on. */
export class CureTrials {
  readonly #server: Server;
  /** Results by run, iteration and cure; null while one is being computed. */
  #trials = $state.raw<ReadonlyMap<string, Trial | null>>(new Map());
  #trying = $state.raw<{ key: string; so: Trying } | null>(null);
  /** The trying: how far the cure at hand is. */
  readonly work = new LongWork();

  constructor(server: Server) {
    this.#server = server;
  }

  of(from: From, cure: Cure): Trial | null | undefined {
    return this.#trials.get(keyOf(from, cure));
  }

  /** How far it is, while it is being tried. */
  trying(from: From, cure: Cure): Trying | null {
    return this.work.running && this.#trying?.key === keyOf(from, cure) ? this.#trying.so : null;
  }

  /** One cure after the other; cures that are asked for later call off those before. */
  async run(from: From, cures: readonly Cure[]): Promise<void> {
    const { run } = from;
    if (!run) return;
    await unlessCalledOff(() => this.work.do((tell, signal) => this.#each(from, run, cures, tell, signal)));
  }

  async #each(from: From, run: Run, cures: readonly Cure[], tell: Tell, signal: AbortSignal): Promise<void> {
    const at = from.cursor.iteration + TRIAL;
    for (const cure of cures) {
      if (this.of(from, cure)) continue;
      const key = keyOf(from, cure);
      this.#keep(key, null);
      try {
        const show = (so: Trying) => {
          if (signal.aborted) return;
          this.#trying = { key, so };
          tell(so.reached, at);
        };
        this.#keep(key, await this.#trial(run, cure, at, show, signal));
      } catch (error) {
        this.#drop(key);
        if (!(error instanceof ApiError) && !signal.aborted) throw error;
      }
      if (signal.aborted) return;
      this.#trying = null;
    }
  }

  async #trial(
    run: Run,
    cure: Cure,
    at: number,
    tell: (so: Trying) => void,
    signal: AbortSignal,
  ): Promise<Trial> {
    const other = cure.edits
      ? await this.#server.branch(run.id, cure.edits as Edit[], signal)
      : await this.#server.createRun(cure.config as RunConfig, signal);
    const { course, before } = await this.#courses([other.id, run.id], at, tell, signal);
    const [helped, without] = await Promise.all([
      this.#server.evaluation(other.id, at, signal),
      this.#server.evaluation(run.id, at, signal),
    ]);
    const test = helped.test && without.test ? { value: helped.test.loss, without: without.test.loss } : null;
    const comparable = same(other.config.loss, run.config.loss);
    return { at, value: helped.train.loss, without: without.train.loss, test, course, before, comparable };
  }

  /** Both courses, a piece at a time, each piece told as it is there. */
  async #courses(
    ids: readonly [string, string],
    at: number,
    tell: (so: Trying) => void,
    signal: AbortSignal,
  ): Promise<Trying> {
    const piece = Math.min(LONGEST, Math.ceil((at + 1) / PIECES));
    const parts: [History[], History[]] = [[], []];
    let so: Trying = { reached: 0, at, course: [], before: [] };
    for (let from = 0; from <= at; from += piece) {
      tell(so);
      const to = Math.min(from + piece, at + 1);
      const found = await Promise.all(ids.map((id) => this.#server.history(id, from, to, signal)));
      for (const [i, part] of found.entries()) parts[i]!.push(part);
      const [course, before] = [courseOf(parts[0]), courseOf(parts[1])];
      so = { reached: to - 1, at, course, before };
    }
    tell(so);
    return so;
  }

  #keep(key: string, trial: Trial | null): void {
    this.#trials = new Map([...this.#trials, [key, trial]]);
  }

  #drop(key: string): void {
    this.#trials = new Map([...this.#trials].filter(([other]) => other !== key));
  }
}

/** The test losses, training losses without a test set. */
function courseOf(parts: readonly History[]): Course {
  const test = parts.flatMap((part) => part.test_loss);
  return test.length ? test : parts.flatMap((part) => part.train_loss);
}

const keyOf = ({ run, cursor }: From, { title, edits, config }: Cure) =>
  JSON.stringify([run?.id, cursor.iteration, title, edits ?? null, config ?? null]);
