import { ApiError, type Asked } from "../../api/client";
import type {
  Block,
  Exercise,
  ExerciseHint,
  ExerciseKind,
  FieldVerdict,
  Graded,
  RunConfig,
  Skill,
  SolutionLine,
} from "../../api/types";
import { rooted } from "../../common/root";
import { decodePlace, encodePlace } from "../link";
import { studio } from "../studio.svelte";
import { cards, isDue, type Rating, slips } from "./memory";
import { loadLog, merged, readRecord, recordText, saveLog } from "./record";

const PER_SESSION = 12;
const PER_OWN = 6;
const LARGEST_SEED = 2 ** 31;
/** Kinds by how often they are drawn: the number is the plain question, a table takes a long time. */
const OFTEN: Partial<Record<ExerciseKind, number>> = { number: 3, chain: 2, table: 0.2 };
/** An answer that was right at once and within so many milliseconds was easy. */
const QUICK = 25_000;

const COUNTED = new Set<string>(["right", "follow_through"]);

/** One question of a session: what it is drawn by. */
export interface Drawn {
  skill: string;
  kind: ExerciseKind;
  seed: number;
  /** Of a run of one's own: of any skill that has a question there. */
  own?: { config: RunConfig; iteration: number };
}

/** An exercise that is being worked on. */
interface Work {
  drawn: Drawn;
  config: RunConfig;
  run: string;
  asked: Asked;
  skill: Skill;
  exercise: Exercise;
  /** The program of the iteration, and the block of it that the first field is made in. */
  blocks: Block[];
  here: Block | undefined;
  since: number;
}

/** Practising: the skills, what is known of them in this browser, and the exercise at hand. */
class Practice {
  skills = $state.raw<Skill[]>([]);
  log = $state.raw(loadLog());
  trouble = $state.raw<ApiError | null>(null);
  /** Whether what the address names was opened, or could not be: nothing else is shown before. */
  loaded = $state(false);
  work = $state.raw<Work | null>(null);
  answers = $state<Record<string, string>>({});
  graded = $state.raw<Graded | null>(null);
  hints = $state.raw<ExerciseHint[]>([]);
  solution = $state.raw<SolutionLine[]>([]);
  busy = $state(false);
  queue = $state.raw<Drawn[]>([]);
  at = $state(0);
  #first: Graded | null = null;
  /** What was typed when it was graded first: a teacher grades this again. */
  #typed: Record<string, string> = {};
  #recorded = false;

  readonly now = Date.now();
  readonly cards = $derived(cards(this.log, (name) => this.skill(name)?.needs ?? []));
  readonly slips = $derived(slips(this.log));
  readonly due = $derived(
    this.skills.filter(({ name }) => {
      const card = this.cards.get(name);
      return card && isDue(card, this.now);
    }),
  );
  /** Skills that can be begun: all that they build on was practised. */
  readonly ready = $derived(
    this.skills.filter(
      ({ name, needs }) => !this.cards.has(name) && needs.every((need) => this.cards.has(need)),
    ),
  );
  /** Whether every field counts as right, as it stands. */
  readonly ended = $derived(
    this.work?.exercise.ask.every(({ field }) => COUNTED.has(this.graded?.fields[field]?.verdict ?? "")) ??
      false,
  );

  skill(name: string): Skill | undefined {
    return this.skills.find((skill) => skill.name === name);
  }

  load(): Promise<void> {
    return this.#guarded(async () => {
      this.skills = await studio.client.skills();
      await this.follow(location.hash);
    }).finally(() => {
      this.loaded = true;
    });
  }

  /** What is asked next without a choice: what is due, else what can be begun, else what holds least. */
  get offered(): Skill[] {
    if (this.due.length) return this.due.slice(0, 6);
    if (this.ready.length) return this.ready.slice(0, 4);
    return [...this.skills].sort((a, b) => this.#holds(a) - this.#holds(b)).slice(0, 4);
  }

  #holds = ({ name }: Skill) => this.cards.get(name)?.stability ?? Number.POSITIVE_INFINITY;

  /** Starts a session on these skills, or on those that are offered. */
  start(skills: readonly Skill[] = this.offered, count = PER_SESSION): Promise<void> {
    this.queue = Array.from({ length: count }, (_, i) => drawnOf(skills[i % skills.length]!));
    this.at = 0;
    return this.#open();
  }

  /** Starts a session on the run of a studio's link; false if it is none. It is not kept: nobody else has this run. */
  async startOn(link: string): Promise<boolean> {
    const own = await decodePlace(link.slice(link.indexOf("#") + 1));
    if (!own) return false;
    this.queue = Array.from({ length: PER_OWN }, (_, i) => {
      const kind = i % 3 === 2 ? ("chain" as const) : ("number" as const);
      return { skill: "", kind, seed: Math.floor(Math.random() * LARGEST_SEED), own };
    });
    this.at = 0;
    await this.#open();
    return true;
  }

  /** The next question; home after the last. */
  next(): Promise<void> {
    this.#record();
    this.at += 1;
    if (this.at < this.queue.length) return this.#open();
    this.leave();
    return Promise.resolve();
  }

  leave(): void {
    this.#record();
    this.work = null;
    this.queue = [];
    history.pushState(null, "", location.pathname);
  }

  /** Opens what a fragment names: `slope/number/7`, or `set/slope,gate/6/7` as a sheet's code does. */
  async follow(fragment: string): Promise<void> {
    const set = /^#set\/([\w,]+)\/(\d{1,2})\/(\d{1,10})$/.exec(fragment);
    if (set) return this.#openSet(set[1]!.split(","), Number(set[2]), Number(set[3]));
    const [name = "", kind = "", seed = ""] = fragment.replace(/^#/, "").split("/");
    const skill = this.skill(name);
    if (!skill) {
      this.work = null;
      return;
    }
    const chosen = skill.kinds.find((k) => k === kind) ?? drawnOf(skill).kind;
    this.queue = [{ skill: name, kind: chosen, seed: Math.abs(Number.parseInt(seed, 10)) || 0 }];
    this.at = 0;
    await this.#open();
  }

  /** The questions of a sheet, in the browser: the same skills in turn, the same seeds. */
  #openSet(names: string[], count: number, seed: number): Promise<void> {
    const skills = names.flatMap((name) => this.skill(name) ?? []);
    if (!skills.length) return Promise.resolve();
    this.queue = Array.from({ length: count }, (_, i) => {
      const skill = skills[i % skills.length]!;
      return { skill: skill.name, kind: "number" as const, seed: seed + i };
    });
    this.at = 0;
    return this.#open();
  }

  #open(): Promise<void> {
    return this.#guarded(async () => {
      const drawn = this.queue[this.at]!;
      const named = this.skill(drawn.skill);
      const { config, iteration } = drawn.own ?? named!;
      const run = await studio.client.createRun(config);
      const asked = { iteration, kind: drawn.kind, seed: drawn.seed, skill: drawn.skill };
      const [exercise, program] = await Promise.all([
        studio.client.exercise(run.id, asked),
        studio.client.program(run.id),
      ]);
      const skill = named ?? this.skill(exercise.skill)!;
      const step = program.steps.find(({ output }) => output === exercise.ask[0]?.value)?.index ?? -1;
      const here = program.blocks.find(({ first, last }) => first <= step && step <= last);
      this.work = {
        drawn,
        config,
        run: run.id,
        asked,
        skill,
        exercise,
        blocks: program.blocks,
        here,
        since: Date.now(),
      };
      this.answers = {};
      this.graded = null;
      this.hints = [];
      this.solution = [];
      this.#first = null;
      this.#typed = {};
      this.#recorded = false;
      const place = `#${skill.name}/${drawn.kind}/${drawn.seed}`;
      if (!drawn.own && location.hash !== place) history.pushState(null, "", place);
    });
  }

  /** The verdict on a field; nothing is said of one that is still empty. */
  verdict(field: string): FieldVerdict | undefined {
    const found = this.graded?.fields[field];
    return found?.verdict === "unreadable" && !this.answers[field] ? undefined : found;
  }

  type(field: string, text: string): void {
    this.answers[field] = text;
    if (this.graded?.fields[field]) {
      const { [field]: _, ...others } = this.graded.fields;
      this.graded = { ...this.graded, fields: others };
    }
  }

  check(): Promise<void> {
    const work = this.work;
    if (!work) return Promise.resolve();
    return this.#guarded(async () => {
      this.graded = await studio.client.grade(work.run, work.asked, $state.snapshot(this.answers));
      const counted = Object.values(this.graded.fields).some(({ verdict }) => verdict !== "unreadable");
      if (!counted || this.#first) return;
      this.#first = this.graded;
      this.#typed = $state.snapshot(this.answers);
    });
  }

  hint(): Promise<void> {
    const work = this.work;
    if (!work || this.hints.length >= work.exercise.hints) return Promise.resolve();
    return this.#guarded(async () => {
      this.hints = [
        ...this.hints,
        await studio.client.exerciseHint(work.run, work.asked, this.hints.length + 1),
      ];
    });
  }

  /** The worked solution; the exercise then counts as not known. */
  show(): Promise<void> {
    const work = this.work;
    if (!work) return Promise.resolve();
    return this.#guarded(async () => {
      this.solution = await studio.client.solution(work.run, work.asked);
    });
  }

  /** A link to a cell of the exercise's iteration in the studio. */
  async studioLink(place: { value: string; index: number[] }): Promise<string> {
    const work = this.work!;
    const program = await studio.client.program(work.run);
    const step = program.steps.find(({ output }) => output === place.value)?.index ?? 0;
    return rooted(
      `/#${await encodePlace({
        config: work.config,
        iteration: work.asked.iteration,
        step,
        selection: place,
        sample: "mean",
      })}`,
    );
  }

  // --- the record ---

  get recordFile(): string {
    return recordText(this.log);
  }

  /** Adds a file's reviews to those of this browser; false if it is none of ours. */
  loadRecord(text: string): boolean {
    const found = readRecord(text);
    if (!found) return false;
    this.#keep(merged(this.log, found));
    return true;
  }

  #keep(log: typeof this.log): void {
    this.log = log;
    saveLog(log);
  }

  /** Writes down how the exercise went, once, if anything was tried. */
  #record(): void {
    const { work } = this;
    if (!work || work.drawn.own || this.#recorded || !(this.#first || this.solution.length)) return;
    this.#recorded = true;
    const at = Date.now();
    const { skill, kind, seed } = work.drawn;
    const tag = firstSlip(this.#first);
    const review = { skill, kind, seed, at, rating: this.#rating(at - work.since), tag };
    this.#keep([...this.log, { ...review, answers: this.#typed }]);
  }

  #rating(took: number): Rating {
    const first = this.#first ? Object.values(this.#first.fields) : [];
    const missed = first.some(({ verdict }) => verdict !== "right" && verdict !== "coarse");
    if (this.solution.length || missed || !first.length) return "again";
    if (this.hints.length) return "hard";
    return took < QUICK ? "easy" : "good";
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    this.trouble = null;
    this.busy = true;
    try {
      await task();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error;
    } finally {
      this.busy = false;
    }
  }
}

function firstSlip(graded: Graded | null): string {
  return graded ? (Object.values(graded.fields).find(({ verdict }) => verdict === "slip")?.tag ?? "") : "";
}

function drawnOf(skill: Skill): Drawn {
  const weights = skill.kinds.map((kind) => OFTEN[kind] ?? 1);
  let left = Math.random() * weights.reduce((sum, weight) => sum + weight, 0);
  const at = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return {
    skill: skill.name,
    kind: skill.kinds[Math.max(0, at)]!,
    seed: Math.floor(Math.random() * LARGEST_SEED),
  };
}

export const practice = new Practice();
