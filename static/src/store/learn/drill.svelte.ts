import { ApiError } from "../../api/client";
import type { Card, CardEntry, CardGrade } from "../../api/types";
import { hrefOf } from "../link";
import { cards, daysAfter, type Card as Remembered } from "../practice/memory";
import { loadLog, saveLog } from "../practice/record";
import type { Rating } from "../practice/review";
import { studio } from "../studio.svelte";
import { queueOf, timesSeen } from "./interviewQueue";
import { type KeptDrill, keepDrill, keptDrill } from "./keptDrill";
import { placeOf } from "./lessonPlayer.svelte";

const PLACES = ["/practice/interview", "/learn/interview"];
export const isInterview = (pathname: string): boolean => PLACES.includes(pathname.replace(/\/$/, ""));

const SECONDS = 600;
/** A drill is of so many cards at most: ten minutes are over before that. */
const MOST = 12;

/** Ten minutes of mixed cards. The clock rests while an answer is compared. */
class Drill {
  cards = $state.raw<CardEntry[]>([]);
  trouble = $state.raw<ApiError | null>(null);
  card = $state.raw<Card | null>(null);
  log = $state.raw(loadLog());
  /** What each skill builds on. */
  #needs = $state.raw<ReadonlyMap<string, readonly string[]>>(new Map());
  readonly #known = $derived<Map<string, Remembered>>(
    cards(this.log, (skill) => this.#needs.get(skill) ?? []),
  );
  readonly seen = $derived(timesSeen(this.log).size);
  queue = $state.raw<string[]>([]);
  at = $state(0);
  left = $state(SECONDS);
  revealed = $state(false);
  grade = $state.raw<CardGrade | null>(null);
  results = $state.raw<KeptDrill["results"]>([]);
  ended = $state(false);
  /** What was typed, chosen or ordered so far at the card on show, and which points were ticked. */
  own = $state("");
  ticked = $state.raw<readonly number[]>([]);
  /** Where the studio shows what the answer says. */
  link = $state("");
  /** Of the card's picture, if it has one. */
  iteration = $state(0);

  readonly started = $derived(this.queue.length > 0);
  readonly isRunning = $derived(this.started && !this.ended && !this.revealed && this.card !== null);

  load(search: string): Promise<void> {
    return this.#guarded(async () => {
      const [entries, skills] = await Promise.all([studio.client.cards(), studio.client.skills()]);
      this.#needs = new Map(skills.map(({ name, needs }) => [name, needs]));
      this.cards = entries;
      const asked = new URLSearchParams(search).get("card");
      const kept = keptDrill(this.cards);
      if (kept && (!asked || kept.queue.includes(asked))) await this.#goOn(kept);
      else if (asked && this.cards.some(({ name }) => name === asked)) await this.begin([asked]);
    });
  }

  /** A reload loses neither the place nor the clock, nor what was typed. */
  async #goOn({ own, ticked, revealed, grade, ...kept }: KeptDrill): Promise<void> {
    Object.assign(this, kept);
    await this.#open();
    Object.assign(this, { own, ticked, revealed, grade });
  }

  /** Notes where the drill stands, until it has ended; the page does so whenever something of it has changed. */
  keep(): void {
    const { queue, at, left, results, own, ticked, revealed, grade } = this;
    if (this.ended) keepDrill(null);
    else if (this.card) keepDrill({ queue, at, left, results, own, ticked, revealed, grade });
  }

  begin(queue = queueOf(this.cards, this.#known, this.log).slice(0, MOST)): Promise<void> {
    this.queue = queue;
    this.at = 0;
    this.left = SECONDS;
    this.results = [];
    this.ended = false;
    return this.#open();
  }

  /** A second has passed. */
  tick(): void {
    if (!this.isRunning) return;
    this.left -= 1;
    if (this.left <= 0) this.end();
  }

  #open(): Promise<void> {
    return this.#guarded(async () => {
      this.card = null;
      this.revealed = false;
      this.grade = null;
      this.link = "";
      this.own = "";
      this.ticked = [];
      const card = await studio.client.card(this.queue[this.at]!);
      this.card = card;
      await this.show(card.place.iteration);
    });
  }

  /** The studio is opened at the iteration that is looked at: the card's own, or one that was dragged to. */
  async show(iteration: number): Promise<void> {
    const card = this.card!;
    this.iteration = iteration;
    const link = await hrefOf("/", { ...placeOf(card), iteration });
    if (this.card === card && this.iteration === iteration) this.link = link;
  }

  /** Ticks what was said, or takes the tick away. */
  tickPoint(point: number): void {
    const others = this.ticked.filter((other) => other !== point);
    this.ticked = others.length < this.ticked.length ? others : [...others, point];
  }

  reveal(): void {
    this.revealed = true;
  }

  /** Grades an answer and shows the worked one, unless it could not be read. */
  submit(answer: string): Promise<void> {
    return this.#guarded(async () => {
      if (!this.card) return;
      this.grade = await studio.client.gradeCard(this.card.name, answer);
      if (this.grade.verdict !== "unreadable") this.revealed = true;
    });
  }

  /** Days until the skill of the card on show would be asked again. */
  interval(rating: Rating): number {
    return daysAfter(this.#known.get(this.card?.skill ?? ""), rating, Date.now());
  }

  /** How well it was known: noted, and on to the next card. */
  rate(rating: Rating): Promise<void> {
    if (!this.card || !this.revealed) return Promise.resolve();
    const { name, title, lesson } = this.card;
    this.#note(this.card, rating);
    this.results = [...this.results, { name, title, lesson, rating, graded: this.grade }];
    this.at += 1;
    if (this.at < this.queue.length) return this.#open();
    this.end();
    return Promise.resolve();
  }

  /** One more review of the card's skill, beside those of exercises. */
  #note({ name, skill }: Card, rating: Rating): void {
    const review = { skill, kind: "card", seed: 0, at: Date.now(), rating, tag: "", answers: {}, card: name };
    this.log = [...loadLog(), this.grade ? review : { ...review, self: true }];
    saveLog(this.log);
  }

  end(): void {
    this.ended = true;
    this.card = null;
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    this.trouble = null;
    try {
      await task();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error;
    }
  }
}

export const drill = new Drill();
