import { ApiError } from "../../api/client";
import type { Cell, UpdateEffect } from "../../api/types";
import { gradientOf, nextOf } from "../../common/valueNames";
import { loadPreferences, savePreferences } from "../preferences";
import { endOfPhase } from "../stepping";
import { type Studio, studio } from "../studio.svelte";

/** The six scenes of the first half minute, each a place in one real iteration. */
export const SCENES = ["forward", "loss", "the way back", "update", "loss again", "your turn"] as const;
export type Scene = (typeof SCENES)[number];

/** How long a scene stays when nobody moves on, in milliseconds: time to read it. */
const READING = [7000, 6000, 12000, 8000, 8000];

/** What the opening needs of the studio. */
export type Opened = Pick<Studio, "view" | "openPreset" | "client">;

/**
 * The opening: a forward pass, its loss, one weight's gradient on its way back, the update, and the loss again, all shown
 * by the studio itself in the first preset. It goes on by itself until somebody takes over.
 */
export class Opening {
  scene = $state<number | null>(null);
  effect = $state.raw<UpdateEffect | null>(null);
  readonly #studio: Opened;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(opened: Opened) {
    this.#studio = opened;
  }

  get name(): Scene | null {
    return this.scene === null ? null : (SCENES[this.scene] ?? null);
  }

  /** Whether all that it does not speak of stands back; at its end everything is the reader's. */
  get dims(): boolean {
    return this.scene !== null && this.name !== "your turn";
  }

  /** Whether it speaks of one way only: from the loss back to one weight; before the loss is there, of the whole net. */
  get lights(): boolean {
    return this.dims && this.name !== "forward";
  }

  /** The weight whose gradient is followed: the second one into the output, in whichever net is on show. */
  get weight(): string | null {
    return this.#studio.view.run?.parameters.findLast(({ shape }) => shape.length === 2)?.name ?? null;
  }

  /** Its place in the matrix. */
  readonly index = [0, 1];

  /** Only a first visit that asks for nothing else begins with it. */
  greet(moves: boolean): void {
    if (loadPreferences().opened || !this.#studio.view.run) return;
    this.#begin(moves);
  }

  /** Once more, from the help. */
  async replay(): Promise<void> {
    await this.#studio.openPreset("circle");
    this.#begin(false);
  }

  #begin(moves: boolean): void {
    savePreferences({ opened: true });
    this.effect = null;
    this.#show(0);
    if (moves) this.#goOn();
    void this.#ask();
  }

  /** By hand: from then on it waits. */
  turn(by: 1 | -1): void {
    clearTimeout(this.#timer);
    if (this.scene === null) return;
    if (this.scene + by >= SCENES.length) this.end();
    else this.#show(Math.max(0, this.scene + by));
  }

  goTo(scene: number): void {
    clearTimeout(this.#timer);
    this.#show(scene);
  }

  /** The studio is the reader's; what was selected stays. */
  end(): void {
    clearTimeout(this.#timer);
    this.scene = null;
  }

  #goOn(): void {
    const reading = READING[this.scene ?? READING.length];
    if (reading === undefined) return;
    this.#timer = setTimeout(() => {
      this.#show(this.scene! + 1);
      this.#goOn();
    }, reading);
  }

  #show(scene: number): void {
    this.scene = scene;
    const { view } = this.#studio;
    const { steps, producers } = view;
    const weight = this.weight ?? "";
    const cell: Cell = { value: gradientOf(weight), index: this.index };
    const [step, selection] = [
      [endOfPhase(steps, "forward"), null],
      [endOfPhase(steps, "loss"), null],
      [producers.get(cell.value) ?? 0, cell],
      [producers.get(nextOf(weight)) ?? 0, cell],
      [steps.length - 1, null],
      [0, null],
    ][scene] as [number, Cell | null];
    view.setSample(scene === SCENES.length - 1 ? "mean" : 0);
    view.goTo({ iteration: 0, step });
    view.select(selection);
  }

  async #ask(): Promise<void> {
    const { view, client } = this.#studio;
    try {
      this.effect = await client.effect(view.run!.id, 0);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // without it the fifth scene says less
    }
  }
}

export const opening = new Opening(studio);
