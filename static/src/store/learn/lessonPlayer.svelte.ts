import { ApiError } from "../../api/client";
import type { Cell, Lesson, LessonStep } from "../../api/types";
import { unrooted } from "../../common/root";
import { screen } from "../../common/screen";
import { same } from "../../config/paths";
import type { Place } from "../link";
import { type Studio, studio } from "../studio.svelte";
import type { RunView } from "../view/runView.svelte";
import { noteProgress, today } from "./progress";

/** What was guessed: which option, or which number. */
export type Guessed = number;

const PATH = "/learn/";
/** A lesson that somebody opened from a file: it is handed over in this tab, and goes with it. */
export const OWN = "own";
export const OWN_KEY = "backscope.ownLesson";

/** Which lesson an address names; empty for the list of all. */
export const lessonAt = (pathname: string): string =>
  pathname.startsWith(PATH) ? pathname.slice(PATH.length).replace(/\/$/, "") : "";

/** The step that an address names, from 0. */
const stepAt = (search: string): number =>
  Math.max(0, Number(new URLSearchParams(search).get("step") ?? 1) - 1 || 0);

type Seen = Pick<RunView, "config" | "cursor" | "selection" | "sample">;

/** Whether what is on show is a place: whoever wandered off is offered the way back. */
export function isAt(view: Seen, { config, iteration, step, selection, sample }: Place): boolean {
  const { cursor } = view;
  const moved = cursor.iteration !== iteration || cursor.step !== step || view.sample !== sample;
  return !moved && same(view.selection, selection) && same(view.config, config);
}

/** Leads through a lesson: each step is a place in the studio, so going back is as exact as going on. */
export class LessonPlayer {
  readonly #studio: Studio;
  name = "";
  lesson = $state.raw<Lesson | null>(null);
  trouble = $state.raw<ApiError | null>(null);
  at = $state(0);
  /** By step, once it was made. */
  guesses = $state.raw<{ [step: number]: Guessed }>({});
  /** The steps of which the task was done. */
  done = $state.raw<ReadonlySet<number>>(new Set());

  readonly step = $derived<LessonStep | null>(this.lesson?.steps[this.at] ?? null);
  readonly place = $derived<Place | null>(this.step && placeOf(this.step));
  readonly guessed = $derived<Guessed | null>(this.guesses[this.at] ?? null);
  readonly isLast = $derived(this.lesson !== null && this.at === this.lesson.steps.length - 1);
  readonly away = $derived.by(() => {
    const { view } = this.#studio;
    return this.place !== null && view.run !== null && !isAt(view, this.place);
  });

  /** Whether the step's curve stands below the network: where there is room, as long as nobody has wandered off. */
  readonly drawsBelow = $derived(this.step?.predict?.kind === "curve" && !this.away && !screen.small);

  constructor(of: Studio = studio) {
    this.#studio = of;
  }

  /** Whether a part of the studio waits for a guess, which it would give away. */
  hides(panel: string): boolean {
    return this.step?.predict != null && this.guessed === null && this.step.hide.includes(panel);
  }

  async begin({ pathname, search }: Pick<Location, "pathname" | "search">): Promise<void> {
    this.name = lessonAt(unrooted(pathname));
    try {
      this.lesson = await this.#fetch();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error;
      return;
    }
    await this.show(stepAt(search));
  }

  #fetch(): Promise<Lesson> {
    const { client } = this.#studio;
    if (this.name !== OWN) return client.lesson(this.name);
    return client.fillLesson(sessionStorage.getItem(OWN_KEY) ?? "");
  }

  /** Shows a step at its place. */
  async show(step: number): Promise<void> {
    if (!this.lesson) return;
    this.at = Math.min(step, this.lesson.steps.length - 1);
    if (this.name !== OWN)
      noteProgress(this.name, { step: this.at, ...(this.isLast ? { ended: today() } : {}) });
    await this.restore();
  }

  /** To the place of the step on show. */
  async restore(): Promise<void> {
    const { place } = this;
    if (!place) return;
    const { view } = this.#studio;
    view.pause();
    if (view.run && same(view.config, place.config) && !place.beside) {
      view.setSample(place.sample);
      view.goTo({ iteration: place.iteration, step: place.step });
      view.select(place.selection);
    } else {
      await this.#studio.openPlace(place);
    }
    this.#studio.view.setHover(this.step?.light[0] ?? null);
  }

  guess(guessed: Guessed): void {
    this.guesses = { ...this.guesses, [this.at]: guessed };
  }

  /** Notes whether what the step asks for is done: once it was, it stays so. */
  look(): void {
    const { step, at, place } = this;
    if (!step?.until || !place || this.done.has(at)) return;
    if (isDone(step.until, this.#studio.view, place)) this.done = new Set([...this.done, at]);
  }

  // Pointing from the text

  point(cell: Cell | null): void {
    this.#studio.view.setHover(cell);
  }

  /** To what a word or a number stands for: a cell is selected, a whole value's step is shown. */
  follow(cell: Cell): void {
    const { view } = this.#studio;
    const step = view.producers.get(cell.value);
    if (step !== undefined) view.goToStep(step);
    if (cell.index.length) view.select(cell);
  }

  askTomorrow(): void {
    noteProgress(this.name, { again: today() + 1 });
  }
}

/** The place of a step, or of a card. */
export function placeOf({ place: { beside, sample, ...place } }: Pick<LessonStep, "place">): Place {
  return { ...place, sample: sample ?? "mean", ...(beside.length ? { beside } : {}) };
}

type Until = NonNullable<LessonStep["until"]>;

/** Whether what a step asks for is so. */
export function isDone({ iteration, phase, selected, changed }: Until, view: RunView, place: Place): boolean {
  return (
    (iteration === null || view.cursor.iteration >= iteration) &&
    (!phase || view.step?.phase === phase) &&
    (!selected || view.selection?.value === selected) &&
    (!changed || (view.config !== null && !same(view.config, place.config)))
  );
}

export const lessonPlayer = new LessonPlayer();
