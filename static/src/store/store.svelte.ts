import { ApiError, Client } from "../api/client";
import type { Cell, Edit, FieldError, History, Json, Run, RunConfig } from "../api/types";
import { branchable, effective, isWithin, same, scopeOf, withRestored, withSetting } from "../config/paths";
import { sameCell, subject } from "./cells";
import type { Frame } from "./frame";
import { EMPTY_SERIES, pastOf, withScores, withSlice } from "./history";
import type { Place } from "./link";
import { Loader, type Sample, type Scene } from "./loader";
import { Player } from "./player";
import { type Preferences, SPEEDS, savePreferences } from "./preferences";
import { StudioState } from "./state.svelte";
import { type Cursor, endOfPhase, GRANULARITIES, type Granularity, moved } from "./stepping";
import { movedTerm } from "./stepTerms";

/** Iterations of history asked for at once. */
const HISTORY_SLICE = 500;
/** HTTP status of a request that was understood and is not valid. */
const REFUSED = 422;
const BOUNDARY_RESOLUTION = 60;
/** Details wait this long for the cursor to rest, in milliseconds. */
const REST = 80;

/** The studio's one store. Views read its fields and call its methods; nothing else holds what two views share. */
export class Store extends StudioState {
  readonly client: Client;
  readonly player = new Player(this);

  readonly #loader: Loader;
  readonly #requests = new Map<string, AbortController>();
  #failed: (() => Promise<void>) | null = null;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #wantsPaths = false;
  /** Edits on their way to becoming a branch: another one made meanwhile joins them. */
  #pending: Edit[] = [];
  /** Playing goes on once the run that is being opened is here. */
  #resumes = false;

  constructor(client = new Client()) {
    super();
    this.client = client;
    this.#loader = new Loader(client);
  }

  // Pointing

  setHover(cell: Cell | null): void {
    if (!sameCell(this.hover, cell)) this.hover = cell;
  }

  select(cell: Cell | null): void {
    if (sameCell(this.selection, cell)) return;
    this.selection = cell;
    this.term = null;
    if (!this.playing) void this.#guarded(() => this.#explain());
  }

  setSample(sample: Sample): void {
    this.sample = sample;
    const cell = this.selection;
    if (cell && sample !== "mean" && cell.index.length > 1 && !this.isParameter(cell.value))
      this.selection = { ...cell, index: [sample, ...cell.index.slice(1)] };
    if (this.playing) this.player.restart();
    else void this.#show();
  }

  /** The chain-rule view calls this while it shows paths; they are then kept up to date with the selection. */
  wantPaths(wanted: boolean): void {
    this.#wantsPaths = wanted;
    if (wanted && !this.playing) void this.#guarded(() => this.#explain());
  }

  /** Compares all gradients of this iteration with central differences. */
  checkGradients(): Promise<void> {
    const run = this.run;
    if (!run) return Promise.resolve();
    const signal = this.#signal("check");
    return this.#guarded(() =>
      this.#put("gradientCheck", this.client.gradientCheck(run.id, this.cursor.iteration, signal), signal),
    );
  }

  /** Compares every variant of backpropagation with the true gradient of this iteration. */
  compareVariants(): Promise<void> {
    const run = this.run;
    if (!run) return Promise.resolve();
    const signal = this.#signal("variants");
    return this.#guarded(() =>
      this.#put("variants", this.client.variants(run.id, this.cursor.iteration, signal), signal),
    );
  }

  exportUrl(format: "json" | "safetensors" | "csv"): string {
    return this.run ? this.client.exportUrl(this.run.id, format, this.cursor.iteration) : "";
  }

  // Moving in time

  goTo(cursor: Cursor): void {
    this.player.stop();
    this.#place(cursor);
  }

  goToStep = (step: number) => this.goTo({ ...this.cursor, step });
  goToIteration = (iteration: number) => this.goTo({ ...this.cursor, iteration });

  /** One step of the chosen size. */
  move(direction: 1 | -1, granularity: Granularity = this.preferences.granularity): void {
    if (!this.run || !this.steps.length) return;
    this.player.stop();
    if (granularity === "term") this.#moveTerm(direction);
    else this.#place(moved(this.steps, this.cursor, granularity, direction, this.run.iterations_per_epoch));
  }

  /** Walks the terms of each cell that the step at the cursor wrote; past the last one, the next step. */
  #moveTerm(direction: 1 | -1): void {
    const value = this.step?.output ?? "";
    const terms = this.derivation?.terms.length ?? 1;
    const here = this.selection?.value === value && {
      index: this.selection.index,
      term: this.term ?? 0,
      terms,
    };
    const next = movedTerm(this.value(value)?.shape ?? [], here || null, direction);
    if (!next) this.#place(moved(this.steps, this.cursor, "step", direction, 1));
    this.select(next && { value, index: next.index });
    this.term = next?.term ?? null;
  }

  #place(cursor: Cursor): void {
    this.trouble = null;
    const step = Math.min(cursor.step, Math.max(0, this.steps.length - 1));
    // Numbers of another iteration would pass for those of this one.
    if (cursor.iteration !== this.cursor.iteration) this.stepDetail = null;
    this.cursor = { iteration: cursor.iteration, step };
    this.reach = Math.max(this.reach, cursor.iteration);
    void this.#show();
  }

  /** One step forward while playing slowly: like `move`, but playing goes on. */
  advance(): void {
    this.#place(moved(this.steps, this.cursor, "step", 1, 1));
  }

  /** The picture of an iteration while playing: from bulk frames, without a trace, up to the gradients. */
  showFrame(frame: Frame): void {
    this.frame = frame;
    this.cursor = { iteration: frame.iteration, step: endOfPhase(this.steps, "backward") };
    this.reach = Math.max(this.reach, frame.iteration);
  }

  /** After playing: the full trace of the iteration on show. */
  settle(): void {
    void this.#show();
  }

  /** Playing ran into something: a limit, no server. */
  interrupt(error: unknown): Promise<void> {
    this.player.pause();
    return this.#guarded(() => Promise.reject(error));
  }

  extendHistory(run: string, slice: History): void {
    if (run === this.run?.id) this.history = withSlice(this.history, slice);
  }

  /** Makes the size of a step coarser (1) or finer (-1). */
  zoom(direction: 1 | -1): void {
    const granularity = GRANULARITIES[GRANULARITIES.indexOf(this.preferences.granularity) + direction];
    if (granularity) this.prefer({ granularity });
  }

  setSpeed(speed: number): void {
    if (!SPEEDS[speed]) return;
    this.prefer({ speed });
    this.player.restart();
  }

  showHelp(open: boolean): void {
    this.helpOpen = open;
  }

  prefer(change: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...change };
    savePreferences(this.preferences);
  }

  // Opening

  /** What does not depend on a run. */
  start(): Promise<void> {
    return this.#guarded(async () => {
      [this.catalog, this.presets] = await Promise.all([this.client.catalog(), this.client.presets()]);
    });
  }

  /** Opens a config as a run; if it is refused it stays as draft, with the errors beside its fields. */
  open(config: RunConfig, place: Partial<Place> = {}): Promise<void> {
    this.#pending = [];
    this.draft = config;
    return this.#opening(async (signal) => {
      await this.#enter(await this.client.createRun(config, signal), place, signal);
      if (!signal.aborted) this.ghosts = [];
    });
  }

  openRun(id: string, place: Partial<Place> = {}): Promise<void> {
    return this.#opening(async (signal) => this.#enter(await this.client.run(id, signal), place, signal));
  }

  async openPreset(name: string): Promise<void> {
    const preset = this.presets.find((p) => p.name === name) ?? this.presets[0];
    if (preset) await this.open(preset.config);
  }

  /** Playing stops while another run is opened, and goes on in it. */
  async #opening(task: (signal: AbortSignal) => Promise<void>, refused = this.#refused): Promise<void> {
    this.#resumes ||= this.playing;
    const signal = this.#signal("open");
    this.player.stop();
    this.trouble = null;
    await this.#guarded(async () => {
      await task(signal);
      if (this.#resumes && !signal.aborted) this.player.play();
    }, refused);
    if (!signal.aborted) this.#resumes = false;
  }

  #refused = (error: ApiError): void => {
    if (error.errors.length) this.refused = error.errors;
    else this.trouble = error;
  };

  /** Changes over to another run only once its first picture is here: the screen never goes blank between. */
  async #enter(run: Run, place: Partial<Place>, signal: AbortSignal): Promise<void> {
    const { step = 0, sample = "mean", selection = null } = place;
    const [program, [moment, frame]] = await Promise.all([
      this.client.program(run.id, signal),
      this.#sceneAt(run, place.iteration ?? 0, sample, signal),
    ]);
    if (signal.aborted) return;
    const { iteration } = moment;
    this.#forget();
    Object.assign(this, { run, draft: run.config, program, moment, frame, sample, selection });
    this.cursor = { iteration, step: Math.min(step, program.steps.length - 1) };
    this.reach = iteration;
    const samples = this.#signal("samples");
    if (run.kind !== "expression")
      void this.#guarded(() => this.#put("samples", this.client.samples(run.id, samples), samples));
    void this.#show();
  }

  /** Where a limit keeps a linked iteration out of reach, the run opens at its start, and says why. */
  async #sceneAt(run: Run, t: number, sample: Sample, signal: AbortSignal): Promise<Scene> {
    try {
      return await this.#loader.load(run, t, sample, signal);
    } catch (error) {
      if (t === 0 || !(error instanceof ApiError) || error.status !== REFUSED) throw error;
      this.#report(error);
      return this.#loader.load(run, 0, sample, signal);
    }
  }

  #forget(): void {
    this.evaluation = this.boundary = this.derivation = this.paths = null;
    this.stepDetail = this.gradientCheck = this.variants = this.samples = null;
    this.hover = this.term = null;
    this.refused = this.mistakes = [];
    this.history = EMPTY_SERIES;
  }

  // Changing

  /** A field's new value; with a mistake in it, it stays in the form and the run stays as it is. */
  set(path: string, value: Json, mistake: FieldError | null = null): Promise<void> {
    this.mistakes = [
      ...this.mistakes.filter((error) => !isWithin(error.path, scopeOf(path))),
      ...(mistake ? [mistake] : []),
    ];
    if (mistake) return this.#keep(path, value);
    if (
      this.config &&
      same(value, effective(this.config, path, this.cursor.iteration) ?? this.#default(path))
    )
      return this.#restore(path, this.config);
    if (this.makesBranch(path))
      return this.#branch({ iteration: this.cursor.iteration, set: { [path]: value } }, path, value);
    // Other mistakes are still in the form: the run is opened once the last of them is put right.
    if (this.mistakes.length) return this.#keep(path, value);
    return this.replace(withSetting(this.draft, path, value) as RunConfig);
  }

  /** What holds where nothing is said: of the sections that a run may have. */
  #default(path: string): Json {
    const [section, name] = path.split(".");
    const entry = this.catalog?.run[section as "clip"];
    return (entry?.parameters?.find((parameter) => parameter.name === name)?.default ?? null) as Json;
  }

  /** A field says again what the run on show has: with all others as they were, nothing is to be opened. */
  async #restore(path: string, config: RunConfig): Promise<void> {
    this.#retract(path);
    this.draft = withRestored(this.draft, path, config);
    if (same(this.draft, config)) this.refused = [];
    else if (!this.mistakes.length) await this.replace(this.draft as RunConfig);
  }

  #keep(path: string, value: Json): Promise<void> {
    this.draft = withSetting(this.draft, path, value);
    this.#retract(path);
    return Promise.resolve();
  }

  #retract(path: string): void {
    this.refused = this.refused.filter((error) => !isWithin(error.path, scopeOf(path)));
  }

  /** Opens a changed config from iteration 0: edits belong to the run they were made in and are left behind. */
  replace(config: RunConfig): Promise<void> {
    return this.open({ ...config, edits: [] });
  }

  /** Sets one number of a parameter at the cursor's iteration: a branch. */
  setCell(parameter: string, index: number[], value: number): Promise<void> {
    return this.#branch({ iteration: this.cursor.iteration, parameter, index, value }, parameter, value);
  }

  async #branch(edit: Edit, path: string, value: Json): Promise<void> {
    const { run: parent, cursor, selection, sample, history, ghosts } = this;
    if (!parent) return;
    const edits = [...this.#pending, edit];
    this.#pending = edits;
    const refused = (error: ApiError) => {
      this.refused = [{ path, message: error.errors[0]?.message ?? error.detail }];
      if (branchable(path)) this.draft = withSetting(this.draft, path, value);
    };
    await this.#opening(async (signal) => {
      const run = await this.client.branch(parent.id, edits, signal);
      await this.#enter(run, { ...cursor, selection, sample }, signal);
      if (signal.aborted || run.id === parent.id) return;
      this.ghosts = [
        ...ghosts.filter((ghost) => ghost.id !== run.id),
        { ...history, id: parent.id, at: cursor.iteration },
      ];
      this.history = pastOf(history, cursor.iteration);
    }, refused);
    if (this.#pending === edits) this.#pending = [];
  }

  /** Back to the run that this one branched from, at the branch point; the branch stays on show beside it. */
  async openParent(): Promise<void> {
    const { run: branch, selection, sample, ghosts, history } = this;
    const at = this.branchPoints.at(-1) ?? 0;
    if (!branch?.parent) return;
    await this.openRun(branch.parent, { iteration: at, step: this.cursor.step, selection, sample });
    if (this.run?.id !== branch.parent) return;
    const parent = ghosts.find((ghost) => ghost.id === branch.parent);
    this.ghosts = [...ghosts.filter((ghost) => ghost !== parent), { ...history, id: branch.id, at }];
    this.history = parent ?? this.history;
    this.reach = Math.max(this.reach, (parent?.known ?? 0) - 1);
  }

  /** Tries again what failed for want of an answer. */
  retry(): Promise<void> {
    this.trouble = null;
    return this.#failed?.() ?? Promise.resolve();
  }

  // Loading

  /** Brings the picture up to the cursor, at once where it is here already; details follow when it rests. */
  async #show(): Promise<void> {
    const { run, cursor, sample } = this;
    if (!run) return;
    const signal = this.#signal("show");
    const ready = this.#loader.ready(run, cursor.iteration, sample);
    if (ready) [this.moment, this.frame] = ready;
    clearTimeout(this.#resting);
    await this.#guarded(async () => {
      const scene = ready ?? (await this.#loader.load(run, cursor.iteration, sample, signal));
      if (signal.aborted) return;
      [this.moment, this.frame] = scene;
      this.#resting = setTimeout(() => void this.#guarded(() => this.#rest(run, signal)), REST);
    });
  }

  /** What only matters once the cursor stands still; then the neighbours, for the next click. */
  async #rest(run: Run, signal: AbortSignal): Promise<void> {
    const { iteration, step } = this.cursor;
    const { client, sample } = this;
    const drawn = run.output_kind === "plane" || run.output_kind === "curve";
    const details = [
      () => this.#explain(),
      () => this.#put("stepDetail", client.step(run.id, iteration, step, signal), signal),
      () => this.#completeHistory(run.id, signal),
    ];
    if (run.kind !== "expression") details.push(() => this.#evaluate(run.id, iteration, signal));
    if (drawn)
      details.push(() =>
        this.#put("boundary", client.boundary(run.id, iteration, BOUNDARY_RESOLUTION, signal), signal),
      );
    await Promise.all(details.map((detail) => this.#guarded(detail)));
    // A neighbour that cannot be had (a limit) is reported when someone goes there.
    for (const t of [iteration + 1, iteration - 1])
      if (t >= 0) await this.#loader.load(run, t, sample, signal).catch(() => {});
  }

  /** The derivation of the selected cell, and its paths where a view shows them. */
  async #explain(): Promise<void> {
    const { run, cursor, selection, sample } = this;
    const signal = this.#signal("explain");
    const one = selection && this.value(selection.value)?.shape.length === selection.index.length;
    if (!one) this.derivation = this.paths = null;
    if (!run || !one) return;
    const row = sample === "mean" ? 0 : Math.min(sample, (this.summary?.batch.size ?? 1) - 1);
    const more = { sample: row, check: selection.value.endsWith(".grad") };
    const t = cursor.iteration;
    await this.#put("derivation", this.client.derivation(run.id, t, selection, more, signal), signal);
    if (this.term !== null) this.term = Math.min(this.term, (this.derivation?.terms.length ?? 1) - 1);
    if (!this.#wantsPaths || !this.isParameter(selection.value)) return;
    const cell = { value: subject(selection.value), index: selection.index };
    await this.#put("paths", this.client.paths(run.id, t, cell, row, signal), signal);
  }

  /** The scores of this iteration; the loss series has them only where an epoch begins. */
  async #evaluate(run: string, t: number, signal: AbortSignal): Promise<void> {
    await this.#put("evaluation", this.client.evaluation(run, t, signal), signal);
    if (!signal.aborted && this.evaluation) this.history = withScores(this.history, t, this.evaluation);
  }

  /** Fills the series up to the furthest iteration seen. */
  async #completeHistory(run: string, signal: AbortSignal): Promise<void> {
    const end = this.reach + 1;
    while (this.history.known < end) {
      const from = this.history.known;
      const slice = await this.client.history(run, from, Math.min(end, from + HISTORY_SLICE), signal);
      if (signal.aborted) return;
      this.extendHistory(run, slice);
    }
  }

  /** Stores an answer under its field unless something newer was asked for meanwhile. */
  async #put<K extends Detail>(field: K, answer: Promise<Store[K]>, signal: AbortSignal): Promise<void> {
    const item = await answer;
    if (!signal.aborted) this[field] = item as this[K];
  }

  /** A new request of a kind cancels the one before it. */
  #signal(kind: "open" | "show" | "explain" | "check" | "variants" | "samples"): AbortSignal {
    this.#requests.get(kind)?.abort();
    const controller = new AbortController();
    this.#requests.set(kind, controller);
    return controller.signal;
  }

  async #guarded(task: () => Promise<void>, refused = this.#report): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      if (!(error instanceof ApiError)) throw error;
      this.#failed = () => this.#guarded(task, refused);
      (error.status === REFUSED ? refused : this.#report)(error);
    }
  }

  #report = (error: ApiError): void => {
    this.trouble = error;
  };
}

type Detail =
  | "samples"
  | "evaluation"
  | "boundary"
  | "derivation"
  | "paths"
  | "stepDetail"
  | "gradientCheck"
  | "variants";

const page = "document" in globalThis ? document.getElementById("app") : null;

/** The page's store. */
export const store = new Store(new Client("", page?.dataset.version));
