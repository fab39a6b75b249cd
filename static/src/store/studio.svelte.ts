import { ApiError, Client } from "../api/client";
import type { Catalog, ConfigCheck, Cure, Edit, Fit, Preset, Run, RunConfig } from "../api/types";
import { type ExpressionConfig, showable, withInputs } from "../config/expression";
import { client } from "./client";
import { filled, withCourses } from "./courses";
import { Form } from "./form.svelte";
import type { Ghost } from "./history";
import type { Place } from "./link";
import { CureTrials } from "./moments/cureTrials.svelte";
import { Examined } from "./moments/examined.svelte";
import { Family } from "./moments/family.svelte";
import { Seeker } from "./moments/seek.svelte";
import { Stops } from "./moments/stops.svelte";
import { Watched } from "./moments/watched.svelte";
import { isPicture, textOf } from "./own/fileText";
import { OwnData } from "./own/ownData.svelte";
import { Pasted } from "./pasted.svelte";
import { type Library, loadPreferences, type Preferences, SPEEDS, savePreferences } from "./preferences";
import { isTable, readRunFile } from "./runFile";
import { GRANULARITIES } from "./stepping";
import { Thumbnails } from "./thumbnails";
import type { Frame } from "./view/frame";
import { heldTo, Loader, type Moment, type Sample } from "./view/loader";
import { Requests } from "./view/requests";
import { type Host, RunView } from "./view/runView.svelte";
import { CalledOff } from "./work/longWork.svelte";

const NO_RUN = "A run is a JSON file from Export, or a configuration by itself.";
/** HTTP status of a request that was understood and is not valid. */
const REFUSED = 422;

interface Opening {
  kind: "branch" | "config" | "run";
  /** What the run will be, as far as that is known here. */
  config: RunConfig | null;
  /** Edits on their way to becoming a branch: another one made meanwhile joins them. */
  edits: Edit[];
}
type Make = (signal: AbortSignal) => Promise<RunView>;

/** Catalog, presets, preferences, the settings being typed, and the run on show; opens runs and branches. */
export class Studio implements Host {
  readonly client: Client;
  readonly loader: Loader;
  readonly form = new Form(this);
  readonly stops: Stops;
  readonly watched: Watched;
  readonly trials: CureTrials;
  readonly examined = new Examined();
  readonly seeker = new Seeker(this);
  readonly family = new Family();
  readonly thumbnails: Thumbnails;
  readonly pasted: Pasted;
  readonly own: OwnData;

  catalog = $state.raw<Catalog | null>(null);
  presets = $state.raw<Preset[]>([]);
  preferences = $state.raw<Preferences>(loadPreferences());
  /** The run on show; another one takes its place once its first picture is here. */
  view = $state.raw<RunView>(new RunView(this));
  /** What failed as a whole: a limit, no server. */
  trouble = $state.raw<ApiError | null>(null);
  /** Whether a request waits until a busy server has time for it. */
  busy = $state(false);
  helpOpen = $state(false);
  readonly speed = $derived(SPEEDS[this.preferences.speed]!);
  readonly granularity = $derived(this.preferences.granularity);
  /** The preset that this run is, or branched from. */
  readonly preset = $derived(this.presets.find((preset) => this.form.is(preset.config)) ?? null);

  readonly #requests = new Requests<"opening">();
  readonly #checks = new Requests<"check">();
  #openings = 0;
  /** What is on its way: a branch of the run on show, the config that was typed, or a run that there is already. */
  #opening = $state.raw<Opening | null>(null);
  #failed: (() => Promise<void>) | null = null;
  /** Numbers of the inputs that an expression has had while it was typed in: a name that comes back has its own. */
  #inputs: ExpressionConfig["inputs"] = {};

  constructor(client = new Client()) {
    this.client = client;
    this.loader = new Loader(client);
    this.stops = new Stops(client);
    this.watched = new Watched(client);
    this.trials = new CureTrials(client);
    this.thumbnails = new Thumbnails(client);
    this.pasted = new Pasted(client);
    this.own = new OwnData(client);
    client.patience.changed = (waiting) => (this.busy = waiting > 0);
  }

  get ahead(): { startsOver: boolean; config: RunConfig } | null {
    const config = this.#opening?.config;
    return config ? { startsOver: this.#opening?.kind === "config", config } : null;
  }

  inTurn(task: () => Promise<void>, joins: "any" | "branch" | "none"): Promise<void> {
    const kind = this.#opening?.kind;
    const joined = kind === "branch" ? joins !== "none" : kind === "config" && joins === "any";
    if (joined && this.view.leaving?.commands.length === 0) return task();
    return new Promise((resolve, reject) => {
      this.view.press(() => void task().then(resolve, reject));
    });
  }

  // Preferences

  /** Makes the size of a step coarser (1) or finer (-1). */
  zoom(direction: 1 | -1): void {
    const granularity = GRANULARITIES[GRANULARITIES.indexOf(this.granularity) + direction];
    if (granularity) this.prefer({ granularity });
  }

  setSpeed(speed: number): void {
    if (!SPEEDS[speed]) return;
    this.prefer({ speed });
    this.view.restart();
  }

  /** The library that lines of code are shown in. */
  setLibrary(library: Library): void {
    this.prefer({ library });
  }

  switchLibrary(): void {
    this.setLibrary(this.preferences.library === "numpy" ? "pytorch" : "numpy");
  }

  showHelp(open: boolean): void {
    this.helpOpen = open;
  }

  prefer(change: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...change };
    savePreferences(change);
  }

  // Opening

  /** What does not depend on a run. */
  load(): Promise<void> {
    return this.guarded(async () => {
      [this.catalog, this.presets] = await Promise.all([this.client.catalog(), this.client.presets()]);
    });
  }

  /** Opens a config as a run; if it is refused it stays as draft, with the errors beside its fields. */
  open(config: RunConfig, place: Partial<Place> = {}): Promise<void> {
    this.#inputs = {};
    return this.#instead(() => this.start(config, place));
  }

  /** Opens a place that a link or the browser's history leads to; courses that can be compared stay beside it. */
  openPlace(place: Place): Promise<void> {
    this.#inputs = {};
    this.stops.adopt(place.stops ?? []);
    this.watched.adopt(place.watched ?? []);
    this.family.adopt(place.config, place.branches ?? []);
    return this.#instead(() => {
      const left = this.view;
      return this.start(place.config, place, (view) => withCourses(view, left, place.beside));
    });
  }

  /** Opens the run of a course beside the one on show, at the iteration on show; that one stays beside it. */
  openCourse({ config }: Pick<Ghost, "config">): Promise<void> {
    return this.openPlace({ config, ...placeIn(this.view) });
  }

  /** Opens a config that was changed here: the course of the run that is left stays beside it. */
  startOver(config: RunConfig): Promise<void> {
    const left = this.view;
    return this.start(config, {}, (view) => withCourses(view, left));
  }

  /** Opens an expression's config with another text, once the server has said which inputs that has. */
  openText(config: RunConfig & ExpressionConfig, text: string): Promise<void> {
    const typed = { ...config, expression: text, edits: [] };
    this.#inputs = { ...this.#inputs, ...config.inputs };
    this.form.draft = typed;
    return this.#open({ kind: "config", config: typed, edits: [] }, async (signal) => {
      const inputs = await this.client.expressionInputs(text, signal);
      const changed = withInputs(typed, inputs, this.#inputs);
      this.form.draft = changed;
      return this.viewOf(await this.client.createRun(changed, signal), {}, signal);
    });
  }

  openRun(id: string, place: Partial<Place> = {}): Promise<void> {
    return this.#instead(() =>
      this.#open(A_RUN, async (signal) => this.viewOf(await this.client.run(id, signal), place, signal)),
    );
  }

  /** Opens in the turn of what is pressed; of what is on its way it takes the place. */
  #instead(task: () => Promise<void>): Promise<void> {
    return this.view.leaving ? task() : this.inTurn(task, "none");
  }

  /** Opens a config at once. */
  start(config: RunConfig, place: Partial<Place> = {}, beside = (view: RunView) => view): Promise<void> {
    this.form.draft = showable(config);
    this.form.fits = [];
    // A link is foreign: what its run is, and where in it one will be, is known once it is here.
    const ours = place.iteration === undefined;
    const ahead = { ...config, edits: config.edits ?? [] };
    const opening: Opening = ours ? { kind: "config", config: ahead, edits: [] } : A_RUN;
    return this.#open(opening, async (signal) => {
      return beside(await this.viewOf(await this.client.createRun(config, signal), place, signal));
    });
  }

  /** Own data, with that of the run on show. */
  ownData(): void {
    this.own.comeBack(this.view.run?.config.data);
  }

  /** Opens an exported run at its iteration, or a configuration; anything else as a table or pictures. */
  async openFiles(files: readonly File[]): Promise<void> {
    const [file] = files;
    if (!file) return;
    if (/\.backscope$/i.test(file.name)) return this.openRecording(await file.arrayBuffer());
    if (/\.safetensors$/i.test(file.name)) return this.#openWeights(file);
    const text = isPicture(file) ? "" : await textOf(file);
    const found = readRunFile(text);
    if (found) await this.open(found.config, { iteration: found.iteration });
    else if (/\.json$/i.test(file.name) && !isTable(text)) this.warn(`${file.name} holds no run.`, NO_RUN);
    else if (/\.(py|ipynb)$/i.test(file.name)) this.pasted.bring(text);
    else await this.own.bring(files);
  }

  /** The network on show, from the weights in a file; the run that is left stays beside it. */
  #openWeights(file: File): Promise<void> {
    return this.guarded(async () => {
      const { run } = this.view;
      if (!run) return;
      const made = await this.client.withWeights(run.id, await file.arrayBuffer());
      await this.startOver(made.config);
    }, this.#report);
  }

  /** Opens a PyTorch loop that was watched, at its first recording. */
  openRecording(file: ArrayBuffer): Promise<void> {
    return this.#instead(() =>
      this.#open(A_RUN, async (signal) =>
        this.viewOf(await this.client.openRecording(file, signal), {}, signal),
      ),
    );
  }

  /** Goes on from the last recording as a run of our own. */
  async continueRecording(): Promise<void> {
    const config = this.view.run?.recording?.continues;
    if (config) await this.open(config as RunConfig);
  }

  async openPreset(name: string): Promise<void> {
    const preset = this.presets.find((p) => p.name === name) ?? this.presets[0];
    if (preset) await this.open(preset.config);
  }

  /** Opens a preset at its telling place. */
  lookAt({ config, look }: Preset): Promise<void> {
    const { iteration, step, selection } = look;
    return this.openPlace({ config, iteration, step, selection, sample: "mean" });
  }

  /** Does what helps against a finding: a branch, or a run from the start; the run that is left stays beside it. */
  take(cure: Cure): Promise<void> {
    const { edits, config } = cure;
    const task = edits
      ? () => this.branch(edits as Edit[], this.#refused)
      : () => this.startOver(config as RunConfig);
    return this.inTurn(task, "none");
  }

  /** The run on show with more edits, where it stands: a branch, with the run that was left beside it. */
  async branch(more: Edit | Edit[], refused: (error: ApiError) => void): Promise<void> {
    const parent = this.view;
    const { run } = parent;
    if (!run) return;
    const edits = [...(this.#opening?.kind === "branch" ? this.#opening.edits : []), ...[more].flat()];
    const config = { ...run.config, edits: [...run.config.edits, ...edits] };
    await this.#open(
      { kind: "branch", config, edits },
      async (signal) => {
        const made = await this.client.branch(run.id, edits, signal);
        const view = await this.viewOf(made, placeIn(parent), signal);
        return withCourses(view, parent);
      },
      refused,
    );
  }

  /** Back to the run that this one branched from, at the branch point; the branch stays on show beside it. */
  openParent(): Promise<void> {
    return this.inTurn(() => this.#openParent(), "none");
  }

  async #openParent(): Promise<void> {
    const branch = this.view;
    const { run } = branch;
    const at = branch.branchPoints.at(-1) ?? 0;
    if (!run?.parent) return;
    const id = run.parent;
    await this.#open(A_RUN, async (signal) => {
      const parent = await this.client.run(id, signal);
      const place = { ...placeIn(branch), iteration: at };
      return withCourses(await this.viewOf(parent, place, signal), branch);
    });
  }

  /** A view of a run that is not on show yet, with its first picture there. */
  async viewOf(run: Run, place: Partial<Place>, signal: AbortSignal): Promise<RunView> {
    const { step = 0, selection = null, layer = null, term = null } = place;
    const sample = heldTo(run, place.sample ?? "mean");
    const [program, scene] = await Promise.all([
      this.client.program(run.id, signal),
      this.#sceneAt(run, place.iteration ?? 0, sample, signal),
    ]);
    const cursor = { iteration: scene[0].iteration, step };
    return RunView.of(this, run, program, { cursor, sample, selection, layer, term, scene });
  }

  /** Tries again what failed for want of an answer. */
  retry(): Promise<void> {
    this.trouble = null;
    return this.#failed?.() ?? Promise.resolve();
  }

  /** Says what is wrong with what was asked for as a whole, where no server had to be asked. */
  warn(title: string, detail: string): void {
    this.trouble = new ApiError({ status: REFUSED, title, detail });
  }

  calm(): void {
    this.trouble = null;
  }

  async guarded(task: () => Promise<void>, refused = this.#report): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      if (!(error instanceof ApiError)) throw error;
      this.#failed = () => this.guarded(task, refused);
      (error.status === REFUSED ? refused : this.#report)(error);
    }
  }

  /** Changes over to another run only once its first picture is here; a newer opening calls this one off. */
  #open(opening: Opening, make: Make, refused = this.#refused): Promise<void> {
    return this.guarded(async () => {
      const mine = ++this.#openings;
      this.#opening = opening;
      this.view.leave();
      this.trouble = null;
      try {
        const next = await this.#requests.ask("opening", { run: `${mine}` }, make);
        if (next) this.#enter(next);
      } catch (error) {
        if (mine === this.#openings) this.#stay();
        throw error;
      }
    }, refused);
  }

  #enter(next: RunView): void {
    const last = this.view;
    this.#opening = null;
    for (const { config, reach } of [last, next]) this.family.visit(config, reach);
    this.view = next;
    this.form.enter(next.run!.config);
    last.close();
    next.begin();
    void this.#fillCourses(next);
    if (last.leaving) next.follow(last.leaving);
  }

  /** The losses of courses that a link brought; one that cannot be had is not drawn. */
  async #fillCourses(view: RunView): Promise<void> {
    for (const ghost of view.ghosts) {
      const found = await filled(this.client, ghost).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        return [];
      });
      view.ghosts = view.ghosts.flatMap((other) => (other.config === ghost.config ? found : other));
    }
  }

  #stay(): void {
    this.#opening = null;
    this.view.stay();
  }

  /** Where a limit keeps a linked iteration out of reach, the run opens at its start, and says why. */
  async #sceneAt(run: Run, t: number, sample: Sample, signal: AbortSignal): Promise<[Moment, Frame]> {
    try {
      return await this.loader.load(run, t, sample, signal);
    } catch (error) {
      const refused = error instanceof ApiError && error.status === REFUSED;
      if (t === 0 || (!refused && !(error instanceof CalledOff))) throw error;
      if (refused) this.#report(error);
      return this.loader.load(run, 0, sample, signal);
    }
  }

  #refused = (error: ApiError): void => {
    if (!error.errors.length) this.trouble = error;
    else {
      this.form.refuse(error.errors);
      void this.#lookForFits();
    }
  };

  /** Asks what would fit the data, of a config that was refused; that nothing answers is no trouble of its own. */
  async #lookForFits(): Promise<void> {
    const config = this.form.draft;
    if (!config) return;
    try {
      const check = await this.#checks.ask("check", { run: `${this.#openings}` }, (signal) =>
        this.client.check(config, signal),
      );
      if (check) this.form.offer(config, check.fits as Fit[]);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** What the server says of configurations that are only looked at; null where it did not say, or was called off. */
  async looked(
    configs: readonly (RunConfig | null)[],
    signal: AbortSignal,
  ): Promise<(ConfigCheck | null)[] | null> {
    try {
      const answers = await Promise.all(
        configs.map((config) => config && this.client.check({ ...config, edits: [] }, signal)),
      );
      return signal.aborted ? null : answers;
    } catch (error) {
      if (signal.aborted || error instanceof ApiError) return null;
      throw error;
    }
  }

  #report = (error: ApiError): void => {
    this.trouble = error;
  };
}

/** Where in its run somebody is. */
function placeIn({ cursor, selection, sample, layer }: RunView) {
  return { ...cursor, selection, sample, ...(layer === null ? {} : { layer }) };
}

const A_RUN: Opening = { kind: "run", config: null, edits: [] };

/** The page's studio. */
export const studio = new Studio(client);
