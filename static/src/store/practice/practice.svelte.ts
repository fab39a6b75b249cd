import { ApiError, type Asked } from "../../api/client";
import type {
  Block,
  Exercise,
  ExerciseHint,
  FieldVerdict,
  Graded,
  Preset,
  RunConfig,
  Skill,
  SolutionLine,
} from "../../api/types";
import { loadProgress, openSkills, today } from "../learn/progress";
import { decodePlace, hrefOf, placeAt } from "../link";
import { studio } from "../studio.svelte";
import { type Drawn, drawnIn, drawnOf, LARGEST_SEED, questionsOf } from "./drawing";
import { cards, isDue, slips } from "./memory";
import { type Pictured, picturing } from "./picture/picturing";
import { loadLog, recordFile, saveLog, withFile } from "./record";
import { type PracticeSet, readSet, seedOf } from "./set";
import { keepTried, ratingOf, sessionIn, slipIn, type Tried, triedAt } from "./tried";

const PER_SESSION = 12;
const PER_OWN = 6;

const COUNTED = new Set<string>(["right", "follow_through"]);

/** An exercise that is being worked on. */
interface Work {
  drawn: Drawn;
  config: RunConfig;
  run: string;
  asked: Asked;
  skill: Skill;
  exercise: Exercise;
  /** Whether the run is an expression: a graph of operations, without units. */
  isExpression: boolean;
  pictured: Pictured;
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

  /** What a teacher's link fixes, if one was opened. */
  set = $state.raw<PracticeSet | null>(null);
  presets = $state.raw<Preset[]>([]);
  /** Whether short decimals are asked wherever a skill has them. */
  friendly = $state(false);
  readonly now = Date.now();
  /** Skills of lessons whose reader wanted to be asked by today. */
  wanted = $state.raw<ReadonlySet<string>>(new Set());
  readonly cards = $derived(cards(this.log, (name) => this.skill(name)?.needs ?? []));
  readonly slips = $derived(slips(this.log));
  readonly due = $derived(
    this.skills.filter(({ name }) => {
      const card = this.cards.get(name);
      return (card && isDue(card, this.now)) || this.wanted.has(name);
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
      await this.#findWanted();
      await this.follow(location.hash);
    }).finally(() => {
      this.loaded = true;
    });
  }

  async #findWanted(): Promise<void> {
    const progress = loadProgress();
    if (!Object.values(progress).some(({ again }) => again !== undefined && again <= today())) return;
    const lessons = await studio.client.lessons();
    const wanted = lessons.flatMap(({ name, skills }) => {
      const again = progress[name]?.again;
      return again !== undefined && again <= today() ? openSkills(again, skills, this.log) : [];
    });
    this.wanted = new Set(wanted);
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
    this.queue = Array.from({ length: count }, (_, i) => drawnOf(skills[i % skills.length]!, this.friendly));
    this.at = 0;
    this.set = null;
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
    this.set = null;
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
    this.set = null;
    history.pushState(null, "", location.pathname);
  }

  /**
   * Opens what the address leads to: the session that its entry in the browser's history is of, else what its fragment
   * names: `slope/number/7`, or a set as a teacher's link and a sheet's code do.
   */
  async follow(fragment: string): Promise<void> {
    this.set = readSet(fragment);
    this.work = null;
    const { queue, at } = sessionIn(history.state) ?? { queue: [], at: 0 };
    this.queue = queue;
    this.at = at;
    if (queue.length) return this.#open(true);
    if (this.set) return this.set.numbers === "same" ? this.openSet("", true) : this.#presets();
    const named = drawnIn(fragment, this.skills);
    if (!named) return;
    this.queue = [named];
    await this.#open(true);
  }

  async #presets(): Promise<void> {
    if (!this.presets.length) this.presets = await studio.client.presets();
  }

  /** Presets that a set can be about; asked for when a teacher looks for them. */
  findPresets(): Promise<void> {
    return this.#guarded(() => this.#presets());
  }

  /** A skill and a preset may have one name. */
  skillTitle = (name: string): string => this.skill(name)?.title ?? name;
  presetTitle = (name: string): string =>
    this.presets.find((preset) => preset.name === name)?.title ?? name.replaceAll("_", " ");

  /** The questions of a set: the skills in turn, the kinds that each has in turn; of a name, where each has its own. */
  openSet(name: string, isHere = false): Promise<void> {
    const { set } = this;
    const skills = set?.skills.flatMap((skill) => this.skill(skill) ?? []) ?? [];
    if (!set || !skills.length) return Promise.resolve();
    this.queue = questionsOf(set, skills, seedOf(set, name));
    this.at = 0;
    return this.#open(isHere);
  }

  /** isHere: whether the address leads here already. */
  #open(isHere = false): Promise<void> {
    return this.#guarded(async () => {
      const drawn = this.queue[this.at]!;
      const named = this.skill(drawn.skill);
      const { config, iteration } = await this.#askedOn(drawn, named);
      const run = await studio.client.createRun(config);
      const asked = {
        iteration,
        kind: drawn.kind,
        seed: drawn.seed,
        skill: drawn.skill,
        friendly: drawn.friendly,
      };
      const [exercise, program] = await Promise.all([
        studio.client.exercise(run.id, asked),
        studio.client.program(run.id),
      ]);
      const pictured = await picturing(run, program, exercise);
      if (this.queue[this.at] !== drawn) return; // left before it was here
      const skill = named ?? this.skill(exercise.skill)!;
      const step = program.steps.find(({ output }) => output === exercise.ask[0]?.value)?.index ?? -1;
      const here = program.blocks.find(({ first, last }) => first <= step && step <= last);
      const tried = triedAt(drawn, Date.now());
      this.work = {
        ...{ pictured, drawn },
        config,
        run: run.id,
        asked,
        skill,
        exercise,
        isExpression: run.kind === "expression",
        blocks: program.blocks,
        here,
        since: tried.since,
      };
      ({ answers: this.answers, graded: this.graded, hints: this.hints, solution: this.solution } = tried);
      ({ first: this.#first, typed: this.#typed } = tried);
      this.#recorded = false;
      const place = `#${skill.name}/${drawn.kind}/${drawn.seed}${drawn.friendly ? "/friendly" : ""}`;
      const session = { queue: this.queue, at: this.at };
      const address = drawn.own || this.set ? location.href : place;
      if (isHere) history.replaceState(session, "", address);
      else history.pushState(session, "", address);
    });
  }

  /** The run and the iteration of a question. */
  async #askedOn({ own, on, friendly, seed }: Drawn, skill: Skill | undefined) {
    if (own) return own;
    if (on) {
      await this.#presets();
      const preset = this.presets.find(({ name }) => name === on.preset);
      if (preset) return { config: preset.config as RunConfig, iteration: on.iteration };
    }
    return friendly && skill?.friendly.length ? skill.friendly[seed % skill.friendly.length]! : skill!;
  }

  /** How a field stands, for whatever shows it. */
  state(field: string): "open" | "good" | "bad" {
    const verdict = this.verdict(field)?.verdict;
    if (!verdict || verdict === "unreadable" || verdict === "coarse") return "open";
    return COUNTED.has(verdict) ? "good" : "bad";
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
    this.#keepTried();
  }

  get #tried(): Tried {
    const { graded, hints, solution } = this;
    const answers = $state.snapshot(this.answers);
    const since = this.work?.since ?? 0;
    return { answers, graded, hints, solution, first: this.#first, typed: this.#typed, since };
  }

  #keepTried(): void {
    if (this.work && !this.#recorded) keepTried(this.work.drawn, this.#tried);
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
    }).finally(() => this.#keepTried());
  }

  hint(): Promise<void> {
    const work = this.work;
    if (!work || this.hints.length >= work.exercise.hints) return Promise.resolve();
    return this.#guarded(async () => {
      this.hints = [
        ...this.hints,
        await studio.client.exerciseHint(work.run, work.asked, this.hints.length + 1),
      ];
    }).finally(() => this.#keepTried());
  }

  /** The worked solution; the exercise then counts as not known. */
  show(): Promise<void> {
    const work = this.work;
    if (!work) return Promise.resolve();
    return this.#guarded(async () => {
      this.solution = await studio.client.solution(work.run, work.asked);
    }).finally(() => this.#keepTried());
  }

  /** A link to a cell of the exercise's iteration in the studio, at the first term of its sum. */
  async studioLink(place: { value: string; index: number[] }): Promise<string> {
    const work = this.work!;
    const program = await studio.client.program(work.run);
    const step = program.steps.find(({ output }) => output === place.value)?.index ?? 0;
    return hrefOf("/", placeAt(work.config, work.asked.iteration, { step, selection: place, term: 0 }));
  }

  // --- the record ---

  get recordFile(): string {
    return recordFile(this.log);
  }

  /** Adds a file's reviews to those of this browser; false if it is none of ours. */
  loadRecord(text: string): boolean {
    const log = withFile(this.log, text);
    if (log) this.#keep(log);
    return log !== null;
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
    keepTried(work.drawn, null);
    const at = Date.now();
    const { skill, kind, seed, on, friendly } = work.drawn;
    const tag = slipIn(this.#tried);
    const where = { ...(friendly ? { friendly } : {}), ...on };
    const review = { skill, kind, seed, at, rating: ratingOf(this.#tried, at - work.since), tag, ...where };
    this.#keep([...loadLog(), { ...review, answers: this.#typed }]);
    if (this.wanted.has(skill)) this.wanted = new Set([...this.wanted].filter((name) => name !== skill));
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

export const practice = new Practice();
