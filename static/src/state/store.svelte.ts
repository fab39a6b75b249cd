import { ApiError, Client, UNREACHABLE } from "../api/client";
import type {
  Block,
  Boundary,
  Catalog,
  Cell,
  Derivation,
  Edit,
  Evaluation,
  FieldError,
  GradientCheck,
  History,
  Json,
  Paths,
  Preset,
  Program,
  ProgramStep,
  Run,
  RunConfig,
  Samples,
  StepDetail,
  Value,
  Values,
} from "../api/types";
import { concerns, offset, sameCell, subject, touches, unravel } from "./cells";
import { branchable, branchPoints, contains, effective, valueAt, withValue } from "./config";
import type { Frame } from "./frame";
import { EMPTY_SERIES, type Ghost, pastOf, type Series, withSlice } from "./history";
import type { Place } from "./link";
import { Loader, type Moment, type Sample } from "./loader";
import { Player } from "./player.svelte";
import { loadPreferences, type Preferences, SPEEDS, savePreferences } from "./preferences";
import { type Cursor, endOfPhase, GRANULARITIES, type Granularity, moved } from "./stepping";

/** Iterations of history asked for at once. */
const HISTORY_SLICE = 500;
const BOUNDARY_RESOLUTION = 60;
/** Details wait this long for the cursor to rest, in milliseconds. */
const REST = 80;

/** The studio's one store. Views read its fields and call its methods; nothing else holds what two views share. */
export class Store {
  readonly client: Client;

  catalog = $state.raw<Catalog | null>(null);
  presets = $state.raw<Preset[]>([]);
  run = $state.raw<Run | null>(null);
  program = $state.raw<Program | null>(null);
  samples = $state.raw<Samples | null>(null);
  cursor = $state.raw<Cursor>({ iteration: 0, step: 0 });
  /** Furthest iteration seen: the timeline's end. */
  reach = $state(0);
  selection = $state.raw<Cell | null>(null);
  hover = $state.raw<Cell | null>(null);
  /** Highlighted term of the selected cell's sum while stepping by terms. */
  term = $state<number | null>(null);
  /** A position in the batch, or the mean over the batch. */
  sample = $state<Sample>("mean");
  preferences = $state.raw<Preferences>(loadPreferences());

  helpOpen = $state(false);
  /** What the system asks for; the page keeps it up to date. */
  prefersDark = $state(false);

  moment = $state.raw<Moment | null>(null);
  frame = $state.raw<Frame | null>(null);
  evaluation = $state.raw<Evaluation | null>(null);
  boundary = $state.raw<Boundary | null>(null);
  derivation = $state.raw<Derivation | null>(null);
  paths = $state.raw<Paths | null>(null);
  stepDetail = $state.raw<StepDetail | null>(null);
  gradientCheck = $state.raw<GradientCheck | null>(null);
  history = $state.raw<Series>(EMPTY_SERIES);
  ghosts = $state.raw<Ghost[]>([]);

  /** The config as typed so far: differs from the run's while the server refuses it. */
  draft = $state.raw<RunConfig | null>(null);
  errors = $state.raw<FieldError[]>([]);
  /** Where a changed hyper-parameter takes effect. */
  applies = $state<"here" | "start">("here");
  /** What failed as a whole: a limit, no server. */
  trouble = $state.raw<ApiError | null>(null);

  readonly player = new Player(this);

  readonly playing = $derived(this.player.playing);
  readonly config = $derived(this.run?.config ?? null);
  readonly trace = $derived<Values>(this.moment?.trace ?? new Map());
  readonly summary = $derived(this.moment?.summary ?? null);
  readonly steps = $derived(this.program?.steps ?? []);
  readonly step = $derived<ProgramStep | null>(this.steps[this.cursor.step] ?? null);
  readonly block = $derived<Block | null>(
    this.program?.blocks.find((b) => b.first <= this.cursor.step && this.cursor.step <= b.last) ?? null,
  );
  readonly epoch = $derived(this.run ? this.cursor.iteration / this.run.iterations_per_epoch : 0);
  readonly branchPoints = $derived(this.config ? branchPoints(this.config) : []);
  readonly dark = $derived(
    this.preferences.theme === "auto" ? this.prefersDark : this.preferences.theme === "dark",
  );
  /** The preset that this run is, or branched from. */
  readonly preset = $derived(
    this.presets.find((p) => contains(this.config, { ...p.config, edits: this.config?.edits })) ?? null,
  );
  readonly speed = $derived(SPEEDS[this.preferences.speed]!);
  /** Whether the iteration at the cursor is here in full; false while old numbers still stand in. */
  readonly settled = $derived(
    this.moment?.iteration === this.cursor.iteration && this.moment.run === this.run?.id,
  );
  /** Value name to the step that writes it; parameters and slots before the update have none. */
  readonly producers = $derived(new Map(this.steps.map((step) => [step.output, step.index])));

  readonly #loader: Loader;
  readonly #requests = new Map<string, AbortController>();
  #failed: (() => Promise<void>) | null = null;
  #resting = 0;
  #wantsPaths = false;

  constructor(client = new Client()) {
    this.client = client;
    this.#loader = new Loader(client);
  }

  // Reading

  /** A value of the iteration on show, whether or not its step has run yet. */
  value(name: string): Value | null {
    return this.trace.get(name) ?? null;
  }

  /** Whether the value exists at the cursor: its step has run, or it needs none. */
  isKnown(name: string): boolean {
    const producer = this.producers.get(name);
    return producer === undefined || producer <= this.cursor.step;
  }

  /** The number in a cell; null where there is none (yet). */
  number(cell: Cell): number | null {
    const value = this.value(cell.value);
    if (!value || !this.isKnown(cell.value)) return null;
    return value.data[offset(value.shape, cell.index)] ?? null;
  }

  /** Name under which a parameter's present number stands: `p`, or `p.next` once its update has run. */
  current(parameter: string): string {
    const next = `${parameter}.next`;
    return this.producers.has(next) && this.isKnown(next) ? next : parameter;
  }

  /** A per-unit value (units) of the chosen sample or of the batch mean; while playing, of the frame on show. */
  units(name: string): Value["data"] | null {
    const rows = this.value(name);
    if (this.playing || this.sample === "mean" || !rows) return this.frame?.get(name)?.data ?? null;
    const width = rows.data.length / (rows.shape[0] || 1);
    return rows.data.subarray(this.sample * width, (this.sample + 1) * width);
  }

  /** A parameter or its gradient: while playing of the frame on show, at rest of the trace. */
  weights(name: string): Value | null {
    return (this.playing ? this.frame?.get(name) : this.value(name)) ?? null;
  }

  /** The cell of unit `unit` of a batch value: in the chosen sample's row, in the first row for the mean. */
  cellOf(value: string, unit: number): Cell {
    return { value, index: [this.sample === "mean" ? 0 : this.sample, unit] };
  }

  isSelected = (value: string, index: readonly number[] = []) => touches(this.selection, value, index);
  isHovered = (value: string, index: readonly number[] = []) => touches(this.hover, value, index);
  /** Pointed at or pinned, in whatever role: a weight for its gradient, its update, its slots. */
  isLit = (value: string, index: readonly number[] = []) =>
    concerns(this.hover, value, index) || concerns(this.selection, value, index);
  isParameter = (value: string) => this.run?.parameters.some((p) => p.name === subject(value)) ?? false;

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
    if (cell && sample !== "mean" && cell.index.length === 2 && !this.isParameter(cell.value))
      this.selection = { ...cell, index: [sample, cell.index[1]!] };
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

  exportUrl(format: "json" | "safetensors" | "csv"): string {
    return this.run ? this.client.exportUrl(this.run.id, format, this.cursor.iteration) : "";
  }

  // Moving in time

  goTo(cursor: Cursor): void {
    this.player.stop();
    this.trouble = null;
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
    const output = this.step?.output ?? "";
    const shape = this.value(output)?.shape ?? [];
    const size = shape.reduce((product, n) => product * n, 1);
    const inside = this.selection?.value === output && this.selection.index.length === shape.length;
    const term = (this.term ?? 0) + direction;
    if (!inside) this.#pickCell(output, unravel(shape, direction > 0 ? 0 : size - 1));
    else if (term >= 0 && term < (this.derivation?.terms.length ?? 1)) this.term = term;
    else this.#moveCell(direction, output, shape, size);
  }

  #moveCell(direction: 1 | -1, output: string, shape: number[], size: number): void {
    const flat = offset(shape, this.selection!.index) + direction;
    if (flat >= 0 && flat < size) this.#pickCell(output, unravel(shape, flat));
    else this.#leaveStep(direction);
  }

  #pickCell(value: string, index: number[]): void {
    this.select({ value, index });
    this.term = 0;
  }

  #leaveStep(direction: 1 | -1): void {
    this.#place(moved(this.steps, this.cursor, "step", direction, 1));
    this.select(null);
  }

  #place(cursor: Cursor): void {
    const step = Math.min(cursor.step, Math.max(0, this.steps.length - 1));
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

  interrupt(error: unknown): void {
    this.player.pause();
    this.#report(error);
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
    this.draft = config;
    this.trouble = null;
    return this.#guarded(async () => {
      const run = await this.client.createRun(config, this.#signal("open"));
      await this.#enter(run, place);
      this.ghosts = [];
    });
  }

  openRun(id: string, place: Partial<Place> = {}): Promise<void> {
    this.trouble = null;
    return this.#guarded(async () => this.#enter(await this.client.run(id, this.#signal("open")), place));
  }

  async openPreset(name: string): Promise<void> {
    const preset = this.presets.find((p) => p.name === name) ?? this.presets[0];
    if (preset) await this.open(preset.config);
  }

  /** Changes over to another run only once its first picture is here: the screen never goes blank between. */
  async #enter(run: Run, place: Partial<Place>): Promise<void> {
    const signal = this.#signal("show");
    const { iteration = 0, step = 0, sample = "mean", selection = null } = place;
    const [program, [moment, frame]] = await Promise.all([
      this.client.program(run.id, signal),
      this.#loader.load(run.id, iteration, sample, signal),
    ]);
    if (signal.aborted) return;
    this.player.stop();
    this.#forget();
    Object.assign(this, { run, draft: run.config, program, moment, frame, sample, selection });
    this.cursor = { iteration, step: Math.min(step, program.steps.length - 1) };
    this.reach = iteration;
    void this.#guarded(() => this.#put("samples", this.client.samples(run.id, signal), signal));
    void this.#show();
  }

  #forget(): void {
    this.evaluation = this.boundary = this.derivation = this.paths = null;
    this.stepDetail = this.gradientCheck = this.samples = null;
    this.hover = this.term = null;
    this.errors = [];
    this.history = EMPTY_SERIES;
  }

  // Changing

  /** What a field shows: as typed while refused, else what holds at the cursor. */
  field(path: string): unknown {
    const typed = valueAt(this.draft, path);
    if (!this.config || typed !== valueAt(this.config, path)) return typed;
    return effective(this.config, path, this.cursor.iteration);
  }

  errorsAt = (path: string) => this.errors.filter((error) => error.path === path);

  /** Whether changing this setting now makes a branch rather than a run from the start. */
  makesBranch = (path: string) =>
    branchable(path) && this.applies === "here" && this.cursor.iteration > 0 && this.run !== null;

  set(path: string, value: Json): Promise<void> {
    if (this.makesBranch(path))
      return this.#branch({ iteration: this.cursor.iteration, set: { [path]: value } }, path, value);
    return this.replace(withValue(this.draft, path, value) as RunConfig);
  }

  /** Opens a changed config from iteration 0: edits belong to the run they were made in and are left behind. */
  replace(config: RunConfig): Promise<void> {
    return this.open({ ...config, edits: [] });
  }

  /** Sets one number of a parameter at the cursor's iteration: a branch. */
  setCell(parameter: string, index: number[], value: number): Promise<void> {
    return this.#branch({ iteration: this.cursor.iteration, parameter, index, value }, parameter, value);
  }

  #branch(edit: Edit, path: string, value: Json): Promise<void> {
    const { run: parent, cursor, selection, sample, history, ghosts } = this;
    if (!parent) return Promise.resolve();
    const refused = (error: ApiError) => {
      this.errors = [{ path, message: error.errors[0]?.message ?? error.detail }];
      if (branchable(path)) this.draft = withValue(this.draft, path, value);
    };
    return this.#guarded(async () => {
      const run = await this.client.branch(parent.id, [edit], this.#signal("open"));
      await this.#enter(run, { ...cursor, selection, sample });
      this.ghosts = [...ghosts, { ...history, id: parent.id, at: cursor.iteration }];
      this.history = pastOf(history, cursor.iteration);
    }, refused);
  }

  /** Back to the run that this one branched from, at the branch point. */
  async openParent(): Promise<void> {
    const { run, selection, sample, ghosts } = this;
    if (!run?.parent) return;
    const place = { iteration: this.branchPoints.at(-1) ?? 0, step: this.cursor.step, selection, sample };
    await this.openRun(run.parent, place);
    this.ghosts = ghosts.filter((ghost) => ghost.id !== run.parent);
  }

  /** Tries again what failed for want of an answer. */
  retry(): Promise<void> {
    this.trouble = null;
    return this.#failed ? this.#guarded(this.#failed) : Promise.resolve();
  }

  // Loading

  /** Brings the picture up to the cursor, at once where it is here already; details follow when it rests. */
  async #show(): Promise<void> {
    const { run, cursor, sample } = this;
    if (!run) return;
    const signal = this.#signal("show");
    const ready = this.#loader.ready(run.id, cursor.iteration, sample);
    if (ready) [this.moment, this.frame] = ready;
    clearTimeout(this.#resting);
    await this.#guarded(async () => {
      const scene = ready ?? (await this.#loader.load(run.id, cursor.iteration, sample, signal));
      if (signal.aborted) return;
      [this.moment, this.frame] = scene;
      this.#resting = window.setTimeout(() => void this.#guarded(() => this.#rest(run.id, signal)), REST);
    });
  }

  /** What only matters once the cursor stands still; then the neighbours, for the next click. */
  async #rest(run: string, signal: AbortSignal): Promise<void> {
    const { iteration, step } = this.cursor;
    const { client, sample } = this;
    const drawn = this.run?.output_kind === "plane" || this.run?.output_kind === "curve";
    await Promise.all([
      this.#explain(),
      this.#put("stepDetail", client.step(run, iteration, step, signal), signal),
      this.#put("evaluation", client.evaluation(run, iteration, signal), signal),
      drawn && this.#put("boundary", client.boundary(run, iteration, BOUNDARY_RESOLUTION, signal), signal),
      this.#completeHistory(run, signal),
    ]);
    for (const t of [iteration + 1, iteration - 1])
      if (t >= 0) await this.#loader.load(run, t, sample, signal);
  }

  /** The derivation of the selected cell, and its paths where a view shows them. */
  async #explain(): Promise<void> {
    const { run, cursor, selection, sample } = this;
    if (!selection?.index.length && selection?.value !== "loss") this.derivation = this.paths = null;
    if (!run || !selection) return;
    const signal = this.#signal("explain");
    const row = sample === "mean" ? 0 : sample;
    const more = { sample: row, check: selection.value.endsWith(".grad") };
    await this.#put(
      "derivation",
      this.client.derivation(run.id, cursor.iteration, selection, more, signal),
      signal,
    );
    if (!this.#wantsPaths || !this.isParameter(selection.value)) return;
    const cell = { value: subject(selection.value), index: selection.index };
    await this.#put("paths", this.client.paths(run.id, cursor.iteration, cell, row, signal), signal);
  }

  /** Fills the series up to the furthest iteration seen. */
  async #completeHistory(run: string, signal: AbortSignal): Promise<void> {
    let from = this.history.loss.findIndex(Number.isNaN);
    if (from < 0) from = this.history.loss.length;
    for (const end = this.reach + 1; from < end; from += HISTORY_SLICE) {
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
  #signal(kind: "open" | "show" | "explain" | "check"): AbortSignal {
    this.#requests.get(kind)?.abort();
    const controller = new AbortController();
    this.#requests.set(kind, controller);
    return controller.signal;
  }

  async #guarded(task: () => Promise<void>, refused?: (error: ApiError) => void): Promise<void> {
    try {
      await task();
      if (this.trouble?.status === UNREACHABLE) this.trouble = null;
    } catch (error) {
      this.#failed = task;
      if (refused && error instanceof ApiError && error.status === 422) refused(error);
      else this.#report(error);
    }
  }

  #report(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (!(error instanceof ApiError)) throw error;
    if (error.errors.length) this.errors = error.errors;
    else this.trouble = error;
  }
}

type Detail = "samples" | "evaluation" | "boundary" | "derivation" | "paths" | "stepDetail" | "gradientCheck";

/** The page's store. */
export const store = new Store();
