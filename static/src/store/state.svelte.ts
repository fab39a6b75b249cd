import type { ApiError } from "../api/client";
import type {
  Block,
  Boundary,
  Catalog,
  Cell,
  Derivation,
  Evaluation,
  FieldError,
  GradientCheck,
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
  Variants,
} from "../api/types";
import { said } from "../config/errorMessages";
import { branchable, branchPoints, contains, effective, isWithin, valueAt } from "../config/paths";
import { concerns, offset, subject, touches, unravel } from "./cells";
import type { Frame } from "./frame";
import { EMPTY_SERIES, type Ghost, type Series } from "./history";
import type { Moment, Sample } from "./loader";
import { loadPreferences, type Preferences, SPEEDS } from "./preferences";
import type { Cursor } from "./stepping";

/** All that the studio knows, and every way to read it; `Store` adds the ways to change it. */
export class StudioState {
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
  playing = $state(false);
  /** True while playing has nothing left to show and the next frames are on their way. */
  waiting = $state(false);
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
  variants = $state.raw<Variants | null>(null);
  history = $state.raw<Series>(EMPTY_SERIES);
  ghosts = $state.raw<Ghost[]>([]);

  /** The config as typed so far: differs from the run's while the server refuses it. */
  draft = $state.raw<RunConfig | null>(null);
  /** What the server refuses, and what needed no server to know. */
  refused = $state.raw<FieldError[]>([]);
  mistakes = $state.raw<FieldError[]>([]);
  /** Where a changed hyper-parameter takes effect. */
  applies = $state<"here" | "start">("here");
  /** What failed as a whole: a limit, no server. */
  trouble = $state.raw<ApiError | null>(null);

  readonly errors = $derived([
    ...this.mistakes,
    ...this.refused.map(({ path, message }) => ({ path, message: said(message, this.catalog) })),
  ]);
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
    this.presets.find((p) => contains(this.draft, { ...p.config, edits: this.draft?.edits })) ?? null,
  );
  readonly speed = $derived(SPEEDS[this.preferences.speed]!);
  /** Whether the iteration at the cursor is here in full; false while old numbers still stand in. */
  readonly settled = $derived(
    this.moment?.iteration === this.cursor.iteration && this.moment.run === this.run?.id,
  );
  /** Value name to the step that writes it; parameters and slots before the update have none. */
  readonly producers = $derived(new Map(this.steps.map((step) => [step.output, step.index])));

  /** The chosen sample's own loss: here once the batch's is known and the iteration has been evaluated. */
  readonly ownLoss = $derived.by((): number | null => {
    const { sample, evaluation } = this;
    const losses = evaluation?.iteration === this.cursor.iteration ? evaluation.batch.losses : null;
    if (sample === "mean" || !losses || !this.settled || !this.isKnown("loss")) return null;
    return losses[Math.min(sample, losses.length - 1)] ?? null;
  });

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

  /** A per-unit value (units) of the chosen sample (the last one of a batch too small for it) or of the batch mean; while playing, of the frame on show. */
  units(name: string): Value["data"] | null {
    const rows = this.value(name);
    if (this.playing || this.sample === "mean" || !rows) return this.frame?.get(name)?.data ?? null;
    const count = rows.shape[0] || 1;
    const width = rows.data.length / count;
    const row = Math.min(this.sample, count - 1);
    return rows.data.subarray(row * width, (row + 1) * width);
  }

  /** A parameter or its gradient: while playing of the frame on show, at rest of the trace. */
  weights(name: string): Value | null {
    return (this.playing ? this.frame?.get(name) : this.value(name)) ?? null;
  }

  /**
   * The cell of unit `unit` of a batch value: in the chosen sample's row, in the first row for the mean. Where a sample
   * has a shape of its own, units are counted through it row by row.
   */
  cellOf(value: string, unit: number, shape: readonly number[] = []): Cell {
    const place = shape.length > 1 ? unravel(shape, unit) : [unit];
    return { value, index: [this.sample === "mean" ? 0 : this.sample, ...place] };
  }

  isSelected = (value: string, index: readonly number[] = []) => touches(this.selection, value, index);
  isHovered = (value: string, index: readonly number[] = []) => touches(this.hover, value, index);
  /** Pointed at or pinned, in whatever role: a weight for its gradient, its update, its slots. */
  isLit = (value: string, index: readonly number[] = []) =>
    concerns(this.hover, value, index) || concerns(this.selection, value, index);
  isParameter = (value: string) => this.run?.parameters.some((p) => p.name === subject(value)) ?? false;

  /** What a field shows: as typed while refused, else what holds at the cursor. */
  field(path: string): unknown {
    const typed = valueAt(this.draft, path);
    if (!this.config || typed !== valueAt(this.config, path)) return typed;
    return effective(this.config, path, this.cursor.iteration);
  }

  errorsAt = (path: string) => this.errors.filter((error) => error.path === path);
  errorsWithin = (path: string) => this.errors.filter((error) => isWithin(error.path, path));

  /** Whether changing this setting now makes a branch rather than a run from the start. */
  makesBranch = (path: string) =>
    branchable(path) && this.applies === "here" && this.cursor.iteration > 0 && this.#runs(path);

  /** Whether the run on show has what is being set: another optimizer or schedule may still be on its way. */
  #runs(path: string): boolean {
    const kind = `${path.split(".")[0]}.type`;
    return this.config !== null && valueAt(this.config, kind) === valueAt(this.draft, kind);
  }
}
