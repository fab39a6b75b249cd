import type { Client } from "../../api/client";
import type { Catalog, Cell, Evaluation, History, Path, Program, Run } from "../../api/types";
import { nameOf } from "../../common/valueNames";
import { sameCell } from "../cells";
import { withScores, withSlice } from "../history";
import type { Reached, Stops } from "../moments/stops.svelte";
import type { Speed } from "../preferences";
import { type Cursor, endOfPhase, type Granularity, moved } from "../stepping";
import { Details, type Extra } from "./details";
import type { Frame } from "./frame";
import { InOrder, type Task } from "./inOrder";
import { heldTo, type Loader, type Moment, type Sample } from "./loader";
import { Picture } from "./picture";
import { Player } from "./player";
import { movedTerm } from "./stepTerms";
import { ViewState } from "./viewState.svelte";

/** Iterations of a recording, and how many of them lie before the one on show at the most. */
const RECORDED = 200;
const BEFORE = 150;

/** What all views share. */
export interface Host {
  readonly client: Client;
  readonly loader: Loader;
  readonly catalog: Catalog | null;
  readonly speed: Speed;
  readonly granularity: Granularity;
  readonly stops: Stops;
  /** Runs what may fail, and says so if it does. */
  guarded(task: () => Promise<void>): Promise<void>;
  /** Somebody goes on: what failed before need no longer be said. */
  calm(): void;
}

/** Where a view opens, with the first picture there. */
export interface Opening extends Pick<ViewState, "cursor" | "sample" | "selection" | "layer" | "term"> {
  scene: readonly [Moment, Frame];
}

/** What was pressed while another run was on its way into this view's place: it is done there. */
export interface Leaving {
  commands: Command[];
  plays: boolean;
}
type Command = Task<RunView>;

/** One run being looked at: panels read its fields and call its methods. Any number of them can be live at once. */
export class RunView extends ViewState {
  /** Set while another run is on its way to take this one's place. */
  leaving = $state.raw<Leaving | null>(null);
  readonly #host: Host;
  readonly #player = new Player(this);
  readonly #details = new Details(this);
  readonly #picture = new Picture(this, this.#details);
  readonly #inOrder = new InOrder<RunView>(this);

  constructor(host: Host, run: Run | null = null, program: Program | null = null) {
    super(run, program);
    this.#host = host;
  }

  /** A view of a run that opens with its first picture, so that the screen never goes blank between two. */
  static of(
    host: Host,
    run: Run,
    program: Program,
    { cursor, sample, selection, layer, term, scene }: Opening,
  ): RunView {
    const view = new RunView(host, run, program);
    const { iteration } = cursor;
    view.cursor = { iteration, step: Math.min(cursor.step, program.steps.length - 1) };
    view.reach = Number.isFinite(view.end) ? view.end - 1 : iteration;
    view.sample = sample;
    view.#picture.keep(...scene);
    view.selection = view.held(selection);
    view.term = view.selection && term;
    view.layer = run.layers?.some(({ name }) => name === layer) ? layer : null;
    return view;
  }

  /** It is on show from now on. */
  begin(): void {
    void this.guarded(() => this.#details.listSamples());
    this.#picture.show();
  }

  get client(): Client {
    return this.#host.client;
  }

  get loader(): Loader {
    return this.#host.loader;
  }

  get catalog(): Catalog | null {
    return this.#host.catalog;
  }

  get speed(): Speed {
    return this.#host.speed;
  }

  get end(): number {
    return this.client.recorded?.end ?? this.run?.recording?.kept ?? Number.POSITIVE_INFINITY;
  }

  /** Whether it plays, or is going to in the run that is on its way. */
  get goesOn(): boolean {
    return this.leaving?.plays ?? this.playing;
  }

  // Pointing

  setHover(cell: Cell | null): void {
    if (!sameCell(this.hover, cell)) this.hover = cell;
  }

  /** Shows a path through the network; none for null. */
  trace(path: Path | null): void {
    this.traced = path;
  }

  /** What is chosen by its name lights up at once, also while it is going to be chosen in another run. */
  select(cell: Cell | null): void {
    if (this.leaving) this.#select(cell);
    this.press((view) => {
      if (view === this || view.has(cell)) view.#select(cell);
    });
  }

  setSample(sample: Sample): void {
    if (this.leaving) this.#setSample(sample);
    this.press((view) => view.#setSample(sample));
  }

  #select(cell: Cell | null): void {
    if (sameCell(this.selection, cell)) return;
    this.selection = cell;
    this.term = null;
    this.answers.callOff();
    if (this.playing) return;
    void this.guarded(() => this.#details.look());
    void this.guarded(() => this.#details.explain());
  }

  /** Looks at a layer from near, about its cell if one is given; null for the whole network again. */
  look(layer: string | null, cell: Cell | null = this.selection): void {
    this.press((view) => {
      if (layer !== null && !view.run?.layers.some(({ name }) => name === layer)) return;
      view.layer = layer;
      if (!sameCell(view.selection, cell)) view.#select(cell);
      else if (!view.playing) void view.guarded(() => view.#details.look());
    });
  }

  /** The layer at hand: that of the selected cell, else of the step at the cursor, else the first. */
  get atHand(): string | null {
    const layers = this.run?.layers ?? [];
    const named = (value: string | undefined) => value && nameOf(this.names, value).layer;
    const wanted = [named(this.selection?.value), this.step?.layer];
    return wanted.find((name) => layers.some((layer) => layer.name === name)) || (layers[0]?.name ?? null);
  }

  /** One level up: from a cell to its layer, from the layer to the network, and there nothing is selected. */
  up(): void {
    if (this.layer !== null && this.selection === null) this.look(null);
    else this.select(null);
  }

  #setSample(wanted: Sample): void {
    const sample = this.run ? heldTo(this.run, wanted) : wanted;
    this.sample = sample;
    const cell = this.selection;
    if (cell && sample !== "mean" && cell.index.length > 1 && !this.isParameter(cell.value))
      this.selection = { ...cell, index: [sample, ...cell.index.slice(1)] };
    if (this.playing) this.#player.restart();
    else this.#picture.show();
  }

  /** Whoever shows paths or shares calls this meanwhile; they are then kept up to date with the selection. */
  want(kind: Extra, wanted: boolean): void {
    this.#details.want(kind, wanted);
    if (wanted && !this.playing) void this.guarded(() => this.#details.explain());
  }

  checkGradients = (): Promise<void> => this.guarded(() => this.#details.checkGradients());
  compareVariants = (): Promise<void> => this.guarded(() => this.#details.compareVariants());

  exportUrl(format: string): string {
    const { iteration } = this.cursor;
    const from = Math.max(0, iteration - BEFORE);
    if (this.run && format === "html")
      return this.client.recordingUrl(this.run.id, from, from + RECORDED, iteration);
    return this.run ? this.client.exportUrl(this.run.id, format, this.cursor.iteration) : "";
  }

  // Moving in time

  goTo(cursor: Cursor): void {
    this.#go(() => cursor);
  }

  goToStep = (step: number) => this.#go(({ cursor }) => ({ ...cursor, step }));
  goToIteration = (iteration: number) => this.#go(({ cursor }) => ({ ...cursor, iteration }));
  /** So many iterations on, or back, among those that were seen. */
  travel = (by: number) =>
    this.#go(({ cursor, reach }) => ({
      ...cursor,
      iteration: Math.max(0, Math.min(reach, cursor.iteration + by)),
    }));
  /** The furthest iteration seen. */
  goToEnd = () => this.#go(({ cursor, reach }) => ({ ...cursor, iteration: reach }));

  /** One step of a size. */
  move(direction: 1 | -1, granularity: Granularity = this.#host.granularity): void {
    this.#halt();
    this.press((view) => {
      view.#player.stop();
      return granularity === "term" ? view.#moveTerm(direction) : view.#move(direction, granularity);
    });
  }

  #go(where: (view: RunView) => Cursor): void {
    this.#halt();
    this.press((view) => {
      view.#player.stop();
      view.#place(where(view));
    });
  }

  #move(direction: 1 | -1, granularity: Granularity): void {
    if (!this.run || !this.steps.length) return;
    const { iterations_per_epoch } = this.run;
    this.#place(moved(this.steps, this.cursor, granularity, direction, iterations_per_epoch));
  }

  /** Waits for what it has to know: how many cells the step wrote, how many terms the cell's sum has. */
  #moveTerm(direction: 1 | -1): void | Promise<void> {
    if (this.settled && (!this.#onTerm || this.derivation)) return this.#walk(direction);
    return this.guarded(async () => {
      await this.#picture.load();
      if (this.#onTerm) await this.#details.explain();
      if (this.settled && (!this.#onTerm || this.derivation)) this.#walk(direction);
    });
  }

  /** Whether a cell that the step at the cursor wrote is selected: then its terms count. */
  get #onTerm(): boolean {
    const { selection, step } = this;
    const value = step && selection?.value === step.output ? this.value(step.output) : null;
    return value !== null && value.shape.length === selection?.index.length;
  }

  /** Walks the terms of each cell that the step at the cursor wrote; past the last one, the next step. */
  #walk(direction: 1 | -1): void {
    const value = this.step?.output ?? "";
    const terms = this.derivation?.terms.length ?? 0;
    const last = Math.max(0, terms - 1);
    const here = this.#onTerm && {
      index: this.selection!.index,
      term: Math.min(this.term ?? 0, last),
      terms,
    };
    const next = movedTerm(this.value(value)?.shape ?? [], here || null, direction);
    if (!next) this.#move(direction, "step");
    this.#select(next && { value, index: next.index });
    this.term = next?.term ?? null;
  }

  #place(cursor: Cursor): void {
    this.#host.calm();
    const { iteration, step } = this.#heldTo(cursor);
    this.cursor = { iteration, step: Math.min(step, Math.max(0, this.steps.length - 1)) };
    this.reach = Math.max(this.reach, iteration);
    this.#picture.show();
  }

  /** A recording has a first step and a last one. */
  #heldTo(cursor: Cursor): Cursor {
    const first = this.client.recorded?.start ?? 0;
    if (cursor.iteration < first) return { iteration: first, step: 0 };
    if (cursor.iteration >= this.end) return { iteration: this.end - 1, step: this.steps.length - 1 };
    return cursor;
  }

  // Playing

  toggle(): void {
    if (this.leaving) this.leaving = { ...this.leaving, plays: !this.leaving.plays };
    else this.#inOrder.do((view) => (view.playing ? view.#player.pause() : view.#player.play()));
  }

  play(): void {
    if (!this.goesOn) this.toggle();
  }

  pause(): void {
    if (this.goesOn) this.toggle();
  }

  /** Drops what was fetched ahead: after a change of speed. */
  restart(): void {
    this.#player.restart();
  }

  /** Who moves by hand does not play on in the run that is on its way. */
  #halt(): void {
    if (this.leaving?.plays) this.leaving = { ...this.leaving, plays: false };
  }

  /** One step forward while playing slowly: like `move`, but playing goes on. */
  advance(): void {
    this.#move(1, "step");
  }

  /** The picture of an iteration while playing: from bulk frames, without a trace, up to the gradients. */
  showFrame(frame: Frame, sample: Sample): void {
    const { iteration } = frame;
    this.cursor = { iteration, step: endOfPhase(this.steps, "backward") };
    this.reach = Math.max(this.reach, iteration);
    this.answers.keep("frame", { run: this.run!.id, iteration, sample }, frame);
    void this.#details.follow();
  }

  get stopsSomewhere(): boolean {
    return this.#host.stops.on.length > 0;
  }

  async nextStop(after: Cursor, to: number, signal: AbortSignal): Promise<Reached | null> {
    return this.run && this.stopsSomewhere ? this.#host.stops.next(this.run.id, after, to, signal) : null;
  }

  /** Playing, or a key, has come to a hit: the cursor goes to the step that made it. */
  stopAt(stop: Reached): void {
    this.#player.stop();
    this.#host.stops.reached = stop;
    this.#place(stop.cursor);
  }

  /** After playing: the full trace of the iteration on show. */
  settle(): void {
    this.#picture.show();
  }

  /** Playing ran into something: a limit, no server. */
  interrupt(error: unknown): Promise<void> {
    this.#player.pause();
    return this.guarded(() => Promise.reject(error));
  }

  extendHistory(slice: History): void {
    this.history = withSlice(this.history, slice);
    if (this.run) this.loader.saw(this.run.id, slice.to - 1);
  }

  addScores(scores: Evaluation): void {
    this.history = withScores(this.history, scores.iteration, scores);
  }

  // Coming and going

  /** Another run is on its way into this one's place: the picture rests until it is here. */
  leave(): void {
    this.leaving = { commands: this.#inOrder.take(), plays: this.goesOn };
    this.#player.stop();
  }

  /** It did not come. */
  stay(): void {
    const { leaving } = this;
    this.leaving = null;
    this.#picture.show();
    if (leaving) this.follow(leaving);
  }

  /** Takes the place of a view: what was pressed there meanwhile is done here. */
  follow({ commands, plays }: Leaving): void {
    for (const command of commands) this.press(command);
    if (plays) this.play();
  }

  close(): void {
    this.#player.stop();
    this.#inOrder.take();
    this.#picture.close();
    this.answers.close();
    this.#details.close();
  }

  /** What is pressed is done in its turn; while another run is on its way, in that one. */
  press(command: Command): void {
    if (this.leaving) this.leaving.commands.push(command);
    else this.#inOrder.do(command);
  }

  guarded(task: () => Promise<void>): Promise<void> {
    return this.#host.guarded(task);
  }
}
