import { ApiError, type Client } from "../../api/client";
import type { Compared, History, ReadyComparison, Run, Values } from "../../api/types";
import { client } from "../client";
import { encodePlace, hrefOf, placeAt } from "../link";
import { Family } from "../moments/family.svelte";
import { LongWork, unlessCalledOff } from "../work/longWork.svelte";
import { Adding } from "./adding.svelte";
import { ApartView } from "./apart.svelte";
import { alike, type Differing, differing, type Setting } from "./differing";
import { saysOf } from "./says";
import { MOST, type NamedConfig, type Pair, type Side, type Sides, type There } from "./sides";

/** The first value in which two runs differ. */
export interface Parting {
  pair: string;
  between: Pair;
  first: Compared["first_difference"];
}

export const LETTERS = "ABCD";
/** Lines are told apart by their dashes: a colour has its meaning already. */
export const DASHES = ["", "7 4", "1.5 3.5", "9 3 1.5 3"];
const BOUNDARY = 60;
const MAPS = 18;
const REFUSED = 422;
/** Courses are computed in about so many pieces, none longer than the other number of iterations. */
const PIECES = 10;
const LONGEST = 500;
const SHORTEST = 20;
/** Pictures of a whole course while it plays. */
const PICTURES = 80;
const KEPT = 200;

export class ComparePage {
  readonly #client: Client;
  ready = $state.raw<readonly ReadyComparison[]>([]);
  sides = $state.raw<readonly Side[]>([]);
  there = $state.raw<readonly There[]>([]);
  /** The iteration that `there` is of; the cursor may be ahead of it. */
  shown = $state(0);
  cursor = $state(0);
  to = $state(0);
  settings = $state.raw<readonly Differing[]>([]);
  /** What all of them share. */
  equal = $state.raw<readonly Setting[]>([]);
  partings = $state.raw<readonly Parting[]>([]);
  name = $state<string | null>(null);
  /** The courses, as they are computed. */
  readonly work = new LongWork();
  loading = $state(false);
  playing = $state(false);
  trouble = $state.raw<ApiError | null>(null);
  readonly apart: ApartView;
  readonly adding: Adding;
  #opened = 0;
  #looking: AbortController | null = null;
  readonly #known = new Map<string, There>();

  constructor(server: Client) {
    this.#client = server;
    this.apart = new ApartView(server);
    this.adding = new Adding(server, new Family());
  }

  get full(): boolean {
    return this.sides.length >= MOST;
  }

  get about(): ReadyComparison | null {
    return this.ready.find(({ name }) => name === this.name) ?? null;
  }

  /** What differs up to the cursor, the losses and the numbers there, as a page to print. */
  get printedUrl(): string {
    const [first, ...others] = this.sides.map(({ run }) => run.id);
    return first && others.length
      ? this.#client.exportUrl(first, "comparison", this.cursor, { with: others.join() })
      : "";
  }

  /** Whether the losses are of one kind: else they are no numbers to compare. */
  get comparable(): boolean {
    return (
      new Set(this.sides.map(({ run }) => JSON.stringify(run.config.loss ?? run.config.expression))).size <= 1
    );
  }

  /** What there is to say: of a ready comparison its own sentence, of any other what was computed. */
  readonly sentence = $derived(this.about?.sentence ?? saysOf({ ...this.#told, letters: LETTERS }));

  get #told() {
    const { sides, there, shown, to, comparable, partings } = this;
    return { sides, there: sides.length === there.length ? there : [], shown, to, comparable, partings };
  }

  load(): Promise<void> {
    return this.#guarded(async () => {
      this.ready = await this.#client.comparisons();
    });
  }

  openReady(name: string): Promise<void> {
    const found = this.ready.find((other) => other.name === name) ?? this.ready[0];
    if (!found) return Promise.resolve();
    return this.open({ runs: found.runs, iteration: found.iteration, to: found.to, ready: found.name });
  }

  /** Opens runs side by side; what is opened meanwhile takes their place. */
  open({ runs, iteration, to, ready, subtracted }: Sides): Promise<void> {
    const mine = ++this.#opened;
    this.loading = true;
    this.playing = false;
    return this.#guarded(async () => {
      const end = Math.max(to, iteration, SHORTEST);
      const sides = await this.#sides(runs.slice(0, MOST), end);
      if (mine !== this.#opened) return;
      this.sides = sides;
      this.name = ready ?? null;
      this.apart.adopt(subtracted ?? null, sides.length);
      this.to = end;
      this.settings = [];
      this.partings = [];
      await this.#look(iteration);
      if (mine !== this.#opened) return;
      await this.#compare(mine);
    }).finally(() => {
      if (mine === this.#opened) this.loading = false;
    });
  }

  /** One more run beside those that are there. */
  add(run: NamedConfig): Promise<void> {
    if (this.full) return Promise.resolve();
    return this.#with([...this.#named(), run]);
  }

  /** All but one; two are the least to compare. */
  leaveOut(i: number): Promise<void> {
    if (this.sides.length <= 2) return Promise.resolve();
    return this.#with(this.#named().filter((_, at) => at !== i));
  }

  #with(runs: NamedConfig[]): Promise<void> {
    const { subtracted } = this.apart;
    return this.open({ runs, iteration: this.cursor, to: this.to, ...(subtracted ? { subtracted } : {}) });
  }

  #named(): NamedConfig[] {
    return this.sides.map(({ name, run }) => ({ name, config: run.config }));
  }

  /** The runs with their courses, told how far all of them are together. */
  #sides(runs: Sides["runs"], end: number): Promise<Side[]> {
    return this.work.do((tell, signal) => {
      const done = runs.map(() => 0);
      const told = (i: number) => (to: number) => {
        done[i] = to;
        tell(
          done.reduce((sum, n) => sum + n, 0),
          runs.length * (end + 1),
        );
      };
      return Promise.all(runs.map((side, i) => this.#side(side, end, told(i), signal)));
    });
  }

  async #side(
    { name, config }: Sides["runs"][number],
    end: number,
    told: (to: number) => void,
    signal: AbortSignal,
  ): Promise<Side> {
    const run = await this.#client.createRun(config, signal);
    const pictured = run.output_kind === "plane";
    const [history, samples] = await Promise.all([
      this.#history(run.id, end + 1, told, signal),
      pictured ? this.#client.samples(run.id, signal) : null,
    ]);
    return { name, run, samples, ...history };
  }

  async #history(
    id: string,
    to: number,
    told: (to: number) => void,
    signal: AbortSignal,
  ): Promise<Pick<Side, "train" | "test" | "lost">> {
    const piece = Math.min(LONGEST, Math.ceil(to / PIECES));
    const parts: History[] = [];
    for (let from = 0; from < to; from += piece) {
      told(from);
      parts.push(await this.#client.history(id, from, Math.min(to, from + piece), signal));
    }
    told(to);
    const train = parts.flatMap((part) => part.train_loss);
    return {
      train: train.length
        ? train
        : parts.flatMap(({ from, loss }) => loss.map((value, i) => ({ iteration: from + i, value }))),
      test: parts.flatMap((part) => part.test_loss),
      lost: parts.at(-1)?.first_nonfinite?.iteration ?? null,
    };
  }

  async #compare(mine: number): Promise<void> {
    const ids = this.sides.map(({ run }) => run.id);
    const pairs = ids.flatMap((_, a) => ids.slice(a + 1).map((_, i) => [a, a + 1 + i] as const));
    const found = await Promise.all(pairs.map(([a, b]) => this.#client.compare(ids[a]!, ids[b]!, this.to)));
    if (mine !== this.#opened) return;
    // The first pairs are those of the first run with each other one.
    const compared = found.slice(0, ids.length - 1).map(({ config }) => config);
    this.settings = differing(compared);
    this.equal = alike(this.sides[0]!.run.config, compared);
    this.partings = pairs.map(([a, b], i) => ({
      pair: `${LETTERS[a]}, ${LETTERS[b]}`,
      between: [a, b],
      first: found[i]!.first_difference,
    }));
  }

  // Moving

  goTo(iteration: number): Promise<void> {
    this.playing = false;
    return this.#guarded(() => this.#look(iteration));
  }

  async #look(iteration: number): Promise<void> {
    this.cursor = Math.max(0, Math.min(this.to, Math.round(iteration)));
    const t = this.cursor;
    this.#looking?.abort();
    const controller = new AbortController();
    this.#looking = controller;
    try {
      const there = await Promise.all(this.sides.map(({ run }) => this.#there(run, t, controller.signal)));
      if (controller.signal.aborted) return;
      this.there = there;
      this.shown = t;
      void this.lookApart();
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }

  async #there(run: Run, t: number, signal: AbortSignal): Promise<There> {
    const key = `${run.id} ${t}`;
    const known = this.#known.get(key);
    if (known) return known;
    const [summary, evaluation, boundary, network] = await Promise.all([
      this.#client.summary(run.id, t, signal),
      this.#client.evaluation(run.id, t, signal),
      run.output_kind === "plane" ? this.#client.boundary(run.id, t, BOUNDARY, signal) : null,
      this.#network(run, t, signal),
    ]);
    const there = { summary, evaluation, boundary, network };
    if (this.#known.size >= KEPT) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(key, there);
    return there;
  }

  /** What the network is drawn from; one that is too large for the server is not. */
  async #network({ id, output_kind, kind }: Run, t: number, signal: AbortSignal): Promise<Values | null> {
    if (kind === "expression") return null;
    const resolution = output_kind === "plane" ? MAPS : 0;
    try {
      return await this.#client.frames(id, { from: t, to: t + 1, resolution }, signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === REFUSED) return null;
      throw error;
    }
  }

  /** The difference that is looked at, where the runs stand. */
  lookApart(): Promise<void> {
    return this.apart.look({ ids: this.sides.map(({ run }) => run.id), iteration: this.shown });
  }

  /** Goes to where two runs part, and shows the value in which they do. */
  part({ between, first }: Parting): Promise<void> {
    if (!first) return Promise.resolve();
    this.apart.choose({ pair: between, value: first.value });
    return this.goTo(first.iteration);
  }

  /** All runs together, one picture after the other, up to the end of their courses. */
  async play(): Promise<void> {
    if (this.playing) {
      this.playing = false;
      return;
    }
    this.playing = true;
    const stride = Math.max(1, Math.round(this.to / PICTURES));
    if (this.cursor >= this.to) this.cursor = -stride;
    await this.#guarded(async () => {
      while (this.playing && this.cursor < this.to) {
        const rest = new Promise((done) => setTimeout(done, 60));
        await Promise.all([this.#look(this.cursor + stride), rest]);
      }
    });
    this.playing = false;
  }

  // Links

  /** The fragment that brings this comparison back, at its place, on any server. */
  async fragment(): Promise<string> {
    const ready = this.name ? { ready: this.name } : {};
    const { subtracted } = this.apart;
    const more = { ...ready, ...(subtracted ? { subtracted } : {}) };
    return encodePlace({ runs: this.#named(), iteration: this.cursor, to: this.to, ...more } satisfies Sides);
  }

  studioLink({ run }: Side): Promise<string> {
    return hrefOf("/", placeAt(run.config, this.cursor));
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    this.trouble = null;
    try {
      await unlessCalledOff(task);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error;
    }
  }
}

export const compare = new ComparePage(client);
