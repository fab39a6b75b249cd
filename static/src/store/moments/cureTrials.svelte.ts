import { ApiError, type Client } from "../../api/client";
import type { Cure, Edit, Evaluation, Run, RunConfig } from "../../api/types";
import type { At } from "../../common/curve";
import { same } from "../../config/paths";

/** So many iterations show whether a cure helps. */
export const TRIAL = 100;

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
  #controller: AbortController | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  of(from: From, cure: Cure): Trial | null | undefined {
    return this.#trials.get(keyOf(from, cure));
  }

  /** One cure after the other; cures that are asked for later call off those before. */
  async run(from: From, cures: readonly Cure[]): Promise<void> {
    const { run } = from;
    if (!run) return;
    this.cancel();
    const controller = new AbortController();
    this.#controller = controller;
    const at = from.cursor.iteration + TRIAL;
    for (const cure of cures) {
      if (this.of(from, cure)) continue;
      const key = keyOf(from, cure);
      this.#keep(key, null);
      try {
        this.#keep(key, await this.#trial(run, cure, at, controller.signal));
      } catch (error) {
        this.#drop(key);
        if (!(error instanceof ApiError) && !controller.signal.aborted) throw error;
      }
      if (controller.signal.aborted) return;
    }
  }

  cancel(): void {
    this.#controller?.abort();
    this.#controller = null;
  }

  async #trial(run: Run, cure: Cure, at: number, signal: AbortSignal): Promise<Trial> {
    const other = cure.edits
      ? await this.#server.branch(run.id, cure.edits as Edit[], signal)
      : await this.#server.createRun(cure.config as RunConfig, signal);
    const [[helped, course], [without, before]] = await Promise.all([
      this.#outcome(other.id, at, signal),
      this.#outcome(run.id, at, signal),
    ]);
    const test = helped.test && without.test ? { value: helped.test.loss, without: without.test.loss } : null;
    const comparable = same(other.config.loss, run.config.loss);
    return { at, value: helped.train.loss, without: without.train.loss, test, course, before, comparable };
  }

  async #outcome(id: string, at: number, signal: AbortSignal): Promise<[Evaluation, Course]> {
    const [scores, history] = await Promise.all([
      this.#server.evaluation(id, at, signal),
      this.#server.history(id, 0, at + 1, signal),
    ]);
    return [scores, history.test_loss.length ? history.test_loss : history.train_loss];
  }

  #keep(key: string, trial: Trial | null): void {
    this.#trials = new Map([...this.#trials, [key, trial]]);
  }

  #drop(key: string): void {
    this.#trials = new Map([...this.#trials].filter(([other]) => other !== key));
  }
}

const keyOf = ({ run, cursor }: From, { title, edits, config }: Cure) =>
  JSON.stringify([run?.id, cursor.iteration, title, edits ?? null, config ?? null]);
