import type {
  Block,
  Cell,
  Evaluation,
  GradientFlow,
  IterationSummary,
  Path,
  Program,
  ProgramStep,
  Run,
  Stage,
  UpdateEffect,
  Value,
} from "../../api/types";
import { isGradient, isWholeGradient, type Names, nextOf, subjectOf } from "../../common/valueNames";
import { branchPoints } from "../../config/paths";
import { concerns, offset, touches, unravel } from "../cells";
import { EMPTY_SERIES, type Ghost, type Series } from "../history";
import type { Cursor } from "../stepping";
import { Answers } from "./answers.svelte";
import { askedAt } from "./asked";
import type { Frame } from "./frame";
import { type Kinds, SCOPES } from "./kinds";
import type { Sample } from "./loader";

/** What is told of a place at rest, each kind by an answer of its own. */
function told({ run, step, layer }: Pick<ViewState, "run" | "step" | "layer">): (keyof Kinds)[] {
  const ofData: (keyof Kinds)[] = run?.kind === "expression" ? [] : ["evaluation", "flow"];
  const drawn = run?.output_kind === "plane" || run?.output_kind === "curve";
  return [
    ...(["moment", "frame", "stepDetail", ...ofData] as const),
    ...(drawn ? (["boundary"] as const) : []),
    ...(step?.phase === "update" ? (["effect"] as const) : []),
    ...(layer === null ? [] : (["stage"] as const)),
  ];
}

/** One run as somebody looks at it, and every way to read it; `RunView` adds the ways to move in it. */
export class ViewState {
  /** Null only as long as no run has been opened. */
  readonly run: Run | null;
  readonly program: Program | null;

  cursor = $state.raw<Cursor>({ iteration: 0, step: 0 });
  /** Furthest iteration seen: the timeline's end. */
  reach = $state(0);
  selection = $state.raw<Cell | null>(null);
  hover = $state.raw<Cell | null>(null);
  /** The path to the loss that the picture shows: one of those of the selected cell. */
  traced = $state.raw<Path | null>(null);
  /** Highlighted term of the selected cell's sum while stepping by terms. */
  term = $state<number | null>(null);
  /** A position in the batch, or the mean over the batch. */
  sample = $state<Sample>("mean");
  /** The layer that is looked at from near; null for the whole network. */
  layer = $state<string | null>(null);
  playing = $state(false);
  /** True while playing has nothing left to show and the next frames are on their way. */
  waiting = $state(false);
  history = $state.raw<Series>(EMPTY_SERIES);
  ghosts = $state.raw<Ghost[]>([]);

  readonly answers = new Answers<Kinds>((kind) => askedAt(this, SCOPES[kind]));

  readonly moment = $derived(this.answers.here("moment"));
  readonly frame = $derived(this.answers.here("frame"));
  /** The findings and numbers of the iteration at the cursor; `told` are the newest there are, which say of which. */
  readonly summary = $derived<IterationSummary | null>(this.moment?.summary ?? this.answers.here("summary"));
  readonly told = $derived<IterationSummary | null>(this.summary ?? this.answers.newest("summary"));
  /** The scores at the cursor; `scored` are the newest there are, which say of which iteration. */
  readonly evaluation = $derived<Evaluation | null>(this.answers.here("evaluation"));
  readonly scored = $derived<Evaluation | null>(this.answers.newest("evaluation"));
  /** The picture of the cursor's iteration, or the last one while that is on its way: to be drawn pale. */
  readonly pictured = $derived<Frame | null>(this.frame ?? this.answers.newest("frame"));
  /** What each layer hands on of the gradient at the cursor; `flowed` is the newest there is, which says of which iteration. */
  readonly flow = $derived<GradientFlow | null>(this.answers.here("flow"));
  readonly flowed = $derived<GradientFlow | null>(this.answers.newest("flow"));
  /** What the update of the cursor's iteration did to the loss of its batch. */
  readonly effect = $derived<UpdateEffect | null>(this.answers.here("effect"));
  readonly boundary = $derived(this.answers.here("boundary"));
  readonly derivation = $derived(this.answers.here("derivation"));
  readonly paths = $derived(this.answers.here("paths"));
  readonly stepDetail = $derived(this.answers.here("stepDetail"));
  readonly gradientCheck = $derived(this.answers.here("gradientCheck"));
  readonly variants = $derived(this.answers.here("variants"));
  readonly samples = $derived(this.answers.here("samples"));
  readonly shares = $derived(this.answers.here("shares"));

  /** The layer on stage at the cursor, about the selection; `staged` is the newest of it, which may be of another place. */
  readonly stage = $derived<Stage | null>(this.answers.here("stage"));
  readonly staged = $derived.by((): Stage | null => {
    const newest = this.answers.newest("stage");
    return this.stage ?? (newest?.layer === this.layer ? newest : null);
  });

  readonly steps = $derived.by(() => this.program?.steps ?? []);
  readonly step = $derived<ProgramStep | null>(this.steps[this.cursor.step] ?? null);
  readonly block = $derived.by<Block | null>(
    () => this.program?.blocks.find((b) => b.first <= this.cursor.step && this.cursor.step <= b.last) ?? null,
  );
  readonly epoch = $derived.by(() => this.cursor.iteration / (this.run?.iterations_per_epoch ?? 1));
  readonly branchPoints = $derived.by(() => (this.run ? branchPoints(this.run.config) : []));
  /** Whether the iteration at the cursor is here in full. */
  readonly settled = $derived(this.moment !== null);
  /** Whether the picture is of the place at the cursor; else it is drawn pale until it is. */
  readonly fresh = $derived(this.frame !== null && (this.settled || this.playing));
  /** Whether everything that is told of the place at the cursor is here, or known to be nowhere. */
  readonly complete = $derived.by((): boolean => {
    const { answers } = this;
    const here = told(this).every((kind) => answers.here(kind) !== null || answers.missing(kind));
    return here && this.history.known > this.cursor.iteration;
  });
  /** Value name to the step that writes it; parameters and slots before the update have none. */
  readonly producers = $derived(new Map(this.steps.map((step) => [step.output, step.index])));

  /** The chosen sample's own loss: here once the batch's is known and the iteration has been evaluated. */
  readonly ownLoss = $derived.by((): number | null => {
    const losses = this.evaluation?.batch.losses;
    if (this.sample === "mean" || !losses || !this.settled || !this.isKnown("loss")) return null;
    return losses[Math.min(this.sample, losses.length - 1)] ?? null;
  });

  constructor(run: Run | null, program: Program | null) {
    this.run = run;
    this.program = program;
  }

  /** The names of the program's values, taken apart. */
  get names(): Names {
    return this.program?.names ?? {};
  }

  /** What a value is about: of a weight's gradient or slot the weight. */
  subject = (value: string): string => subjectOf(this.names, value);

  /** Whether there is such a value here: what was pointed at may have been of another run. */
  has(cell: Cell | null): boolean {
    if (!cell || this.producers.has(cell.value)) return true;
    return this.isParameter(cell.value) || this.value(cell.value) !== null;
  }

  /** A cell that there is, for one from elsewhere: its last one where it counts further; null for another run's value. */
  held(cell: Cell | null): Cell | null {
    const value = cell && this.value(cell.value);
    if (!cell || !value) return this.has(cell) ? cell : null;
    if (cell.index.length !== value.shape.length) return { ...cell, index: [] };
    return { ...cell, index: cell.index.map((i, axis) => Math.min(i, value.shape[axis]! - 1)) };
  }

  get config() {
    return this.run?.config ?? null;
  }

  /** The row of the batch that is on show: the last one of a batch too small for the chosen sample, the first for the mean. */
  get row(): number {
    const { sample, summary } = this;
    return sample === "mean" ? 0 : Math.min(sample, (summary?.batch.size ?? sample + 1) - 1);
  }

  /** The selected gradient as what the samples of the batch bring to it: a unit's without its row; null for others. */
  get shared(): Cell | null {
    const { selection, run, names } = this;
    if (!selection || !run || run.kind === "expression" || !isGradient(names, selection.value)) return null;
    if (this.isParameter(selection.value)) return isWholeGradient(names, selection.value) ? selection : null;
    const shape = this.value(selection.value)?.shape ?? [];
    const ofSamples =
      shape.length > 1 && shape.length === selection.index.length && shape[0] === this.summary?.batch.size;
    return ofSamples ? { value: selection.value, index: selection.index.slice(1) } : null;
  }

  /** Whether all samples of the batch stand for a unit: their gradients are added up, but in a file without their shares. */
  get overBatch(): boolean {
    const ofUnit = this.shared !== null && !this.isParameter(this.shared.value);
    return ofUnit && this.sample === "mean" && !this.answers.missing("shares");
  }

  /** A value of the iteration at the cursor, whether or not its step has run yet. */
  value(name: string): Value | null {
    return this.moment?.trace.get(name) ?? null;
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
    const next = nextOf(parameter);
    return this.producers.has(next) && this.isKnown(next) ? next : parameter;
  }

  /** A per-unit value (units) of the chosen sample (the last one of a batch too small for it) or of the batch mean. */
  units(name: string): Value["data"] | null {
    const rows = this.value(name);
    if (this.sample === "mean" || !rows) return this.frame?.get(name)?.data ?? null;
    const count = rows.shape[0] || 1;
    const width = rows.data.length / count;
    const row = Math.min(this.sample, count - 1);
    return rows.data.subarray(row * width, (row + 1) * width);
  }

  /** A parameter or its gradient: while frames are played, of the frame. */
  weights(name: string): Value | null {
    return this.value(name) ?? this.frame?.get(name) ?? null;
  }

  /**
   * The cell of unit `unit` of a batch value: in the chosen sample's row, in the first row for the mean. Where a sample
   * has a shape of its own, units are counted through it row by row.
   */
  cellOf(value: string, unit: number, shape: readonly number[] = []): Cell {
    const place = shape.length > 1 ? unravel(shape, unit) : [unit];
    return { value, index: [this.row, ...place] };
  }

  isSelected = (value: string, index: readonly number[] = []) => touches(this.selection, value, index);
  isHovered = (value: string, index: readonly number[] = []) => touches(this.hover, value, index);
  /** Pointed at or pinned, in whatever role: a weight for its gradient, its update, its slots. */
  isLit = (value: string, index: readonly number[] = []) =>
    concerns(this.names, this.hover, value, index) || concerns(this.names, this.selection, value, index);
  isParameter = (value: string) => this.run?.parameters.some((p) => p.name === this.subject(value)) ?? false;
}
