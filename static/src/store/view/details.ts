import type { Client } from "../../api/client";
import type { Cell, Derivation, Evaluation, History, Value } from "../../api/types";
import { isWholeGradient } from "../../common/valueNames";
import type { Loader } from "./loader";
import { Requests } from "./requests";
import type { ViewState } from "./viewState.svelte";

/** Iterations of history asked for at once. */
const HISTORY_SLICE = 500;
const BOUNDARY_RESOLUTION = 60;
/** While playing, scores and findings wait this long between two iterations, in milliseconds: time to read them. */
const READING = 500;

/** Whether an index is that of one number of a value: in a small batch a row may not be there. */
const isCell = (value: Value | null, { index }: Cell): boolean =>
  value !== null && value.shape.length === index.length && value.shape.every((n, axis) => index[axis]! < n);

/** What is told of the selected cell only while it is shown. */
export type Extra = "paths" | "shares";

/** What the details need of their view. */
export interface Shown extends ViewState {
  readonly client: Client;
  readonly loader: Loader;
  guarded(task: () => Promise<void>): Promise<void>;
  addScores(scores: Evaluation): void;
  extendHistory(slice: History): void;
}

/** What is told of the place that a view looks at, beyond its picture. */
export class Details {
  readonly #view: Shown;
  readonly #ahead = new Requests<"slice" | "neighbours">();
  readonly #extras = new Set<Extra>();
  #following = false;

  constructor(view: Shown) {
    this.#view = view;
  }

  /** What only matters once the cursor stands still; then the neighbours, for the next click. */
  async rest(): Promise<void> {
    const { run } = this.#view;
    if (!run) return;
    const details = [
      () => this.look(),
      () => this.explain(),
      () => this.#step(),
      () => this.#completeHistory(),
      () => this.#effect(),
    ];
    if (run.kind !== "expression")
      details.push(
        () => this.#evaluate(),
        () => this.#flow(),
      );
    if (run.output_kind === "plane" || run.output_kind === "curve") details.push(() => this.#draw());
    await Promise.all(details.map((detail) => this.#view.guarded(detail)));
    await this.#loadNeighbours();
  }

  /** Scores and findings of the iterations that are played, as fast as they come; each says which one it is of. */
  async follow(): Promise<void> {
    if (this.#following) return;
    this.#following = true;
    const since = performance.now();
    await this.#view.guarded(async () => {
      const ofData =
        this.#view.run?.kind === "expression" ? [] : [this.#evaluate(), this.#flow(), this.look()];
      await Promise.all([this.#summarize(), ...ofData]);
    });
    const wait = Math.max(READING, performance.now() - since);
    setTimeout(() => (this.#following = false), wait);
  }

  /** The derivation of the selected cell, and its paths where a view shows them. */
  async explain(): Promise<void> {
    const [derivation] = await Promise.all([
      this.derive(),
      this.#extras.has("shares") || this.#view.overBatch ? this.share() : null,
    ]);
    const { term } = this.#view;
    if (derivation && term !== null) this.#view.term = Math.min(term, derivation.terms.length - 1);
    if (derivation && this.#extras.has("paths")) await this.#findPaths();
  }

  /** The layer that is looked at from near, if one is: about the selected cell. */
  async look(): Promise<void> {
    const { run, cursor, selection, layer, answers, client } = this.#view;
    if (!run || layer === null) return;
    const cell = selection && isCell(this.#view.value(selection.value), selection) ? selection : null;
    await answers.askHere("stage", (signal) =>
      client.stage(run.id, cursor.iteration, layer, this.#view.row, cell, signal),
    );
  }

  /** The derivation of the selected cell; null for a whole value, which has none. */
  async derive(): Promise<Derivation | null> {
    const { run, cursor, selection, answers, client } = this.#view;
    if (!run || !selection || !isCell(this.#view.value(selection.value), selection)) return null;
    const own = this.#view.sample === "mean" ? {} : { sample: this.#view.row };
    const more = { ...own, check: isWholeGradient(this.#view.names, selection.value) };
    return answers.askHere("derivation", (signal) =>
      client.derivation(run.id, cursor.iteration, selection, more, signal),
    );
  }

  /** What each sample brings to the selected gradient. */
  async share(): Promise<void> {
    const { run, cursor, shared, answers, client } = this.#view;
    if (!run || !shared || !this.#view.isKnown(shared.value)) return;
    await answers.askHere("shares", (signal) => client.shares(run.id, cursor.iteration, shared, signal));
  }

  want(kind: Extra, wanted: boolean): void {
    if (wanted) this.#extras.add(kind);
    else this.#extras.delete(kind);
  }

  /** Compares all gradients of this iteration with central differences. */
  async checkGradients(): Promise<void> {
    const { run, cursor, answers, client } = this.#view;
    if (!run) return;
    await answers.askHere("gradientCheck", (signal) =>
      client.gradientCheck(run.id, cursor.iteration, signal),
    );
  }

  /** Compares every variant of backpropagation with the true gradient of this iteration. */
  async compareVariants(): Promise<void> {
    const { run, cursor, answers, client } = this.#view;
    if (!run) return;
    await answers.askHere("variants", (signal) => client.variants(run.id, cursor.iteration, signal));
  }

  async listSamples(): Promise<void> {
    const { run, answers, client } = this.#view;
    if (!run || run.kind === "expression") return;
    await answers.askHere("samples", (signal) => client.samples(run.id, signal));
  }

  /** Calls off what was asked for ahead of a place that was left. */
  callOff(): void {
    const { run, history } = this.#view;
    const slice = run && { run: run.id, iteration: history.known };
    this.#ahead.callOff((kind) => (kind === "slice" ? slice : null));
  }

  close(): void {
    this.#ahead.callOff(() => null);
  }

  async #findPaths(): Promise<void> {
    const { run, cursor, selection, answers, client } = this.#view;
    if (!run || !selection || !this.#view.isParameter(selection.value)) return;
    const cell = { value: this.#view.subject(selection.value), index: selection.index };
    await answers.askHere("paths", (signal) =>
      client.paths(run.id, cursor.iteration, cell, this.#view.row, signal),
    );
  }

  async #step(): Promise<void> {
    const { run, cursor, answers, client } = this.#view;
    if (!run) return;
    const { iteration, step } = cursor;
    await answers.askHere("stepDetail", (signal) => client.step(run.id, iteration, step, signal));
  }

  async #summarize(): Promise<void> {
    const { run, cursor, answers, client } = this.#view;
    if (!run) return;
    await answers.askHere("summary", (signal) => client.summary(run.id, cursor.iteration, signal));
  }

  /** The scores of this iteration; the loss series has them only where an epoch begins. */
  async #evaluate(): Promise<void> {
    const { run, cursor, answers, client } = this.#view;
    if (!run) return;
    const scores = await answers.askHere("evaluation", (signal) =>
      client.evaluation(run.id, cursor.iteration, signal),
    );
    if (scores) this.#view.addScores(scores);
  }

  /** How much of the gradient each layer hands on, of the sample on show or of the batch. */
  async #flow(): Promise<void> {
    const { run, cursor, sample, answers, client } = this.#view;
    if (!run) return;
    const row = sample === "mean" ? undefined : this.#view.row;
    await answers.askHere("flow", (signal) => client.flow(run.id, cursor.iteration, row, signal));
  }

  /** Asked for where the update is on show: it takes a forward pass of its own. */
  async #effect(): Promise<void> {
    const { run, cursor, step, answers, client } = this.#view;
    if (!run || step?.phase !== "update") return;
    await answers.askHere("effect", (signal) => client.effect(run.id, cursor.iteration, signal));
  }

  async #draw(): Promise<void> {
    const { run, cursor, answers, client } = this.#view;
    if (!run) return;
    await answers.askHere("boundary", (signal) =>
      client.boundary(run.id, cursor.iteration, BOUNDARY_RESOLUTION, signal),
    );
  }

  /** Fills the series up to the furthest iteration seen. */
  async #completeHistory(): Promise<void> {
    const { run, client } = this.#view;
    const end = this.#view.reach + 1;
    while (run && this.#view.history.known < end) {
      const from = this.#view.history.known;
      const slice = await this.#ahead.ask("slice", { run: run.id, iteration: from }, (signal) =>
        client.history(run.id, from, Math.min(end, from + HISTORY_SLICE), signal),
      );
      if (!slice) return;
      this.#view.extendHistory(slice);
    }
  }

  /** A neighbour that cannot be had (a limit) is reported when someone goes there. */
  async #loadNeighbours(): Promise<void> {
    const { run, cursor, sample, loader } = this.#view;
    if (!run || this.#view.playing) return;
    const { iteration } = cursor;
    await this.#ahead
      .ask("neighbours", { run: run.id, iteration, sample }, async (signal) => {
        for (const t of [iteration + 1, iteration - 1])
          if (t >= 0) await loader.load(run, t, sample, signal).catch(() => {});
      })
      .catch(() => {});
  }
}
