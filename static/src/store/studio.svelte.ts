import { ApiError, Client } from "../api/client";
import type { Catalog, Edit, Preset, Run, RunConfig } from "../api/types";
import { Form } from "./form.svelte";
import { type Ghost, pastOf } from "./history";
import type { Place } from "./link";
import { loadPreferences, type Preferences, SPEEDS, savePreferences } from "./preferences";
import { GRANULARITIES } from "./stepping";
import type { Frame } from "./view/frame";
import { Loader, type Moment, type Sample } from "./view/loader";
import { Requests } from "./view/requests";
import { type Host, RunView } from "./view/runView.svelte";

/** HTTP status of a request that was understood and is not valid. */
const REFUSED = 422;

type Kind = "branch" | "config" | "run";

/** Catalog, presets, preferences, the settings being typed, and the run on show; opens runs and branches. */
export class Studio implements Host {
  readonly client: Client;
  readonly loader: Loader;
  readonly form = new Form(this);

  catalog = $state.raw<Catalog | null>(null);
  presets = $state.raw<Preset[]>([]);
  preferences = $state.raw<Preferences>(loadPreferences());
  /** The run on show; another one takes its place once its first picture is here. */
  view = $state.raw<RunView>(new RunView(this));
  /** What failed as a whole: a limit, no server. */
  trouble = $state.raw<ApiError | null>(null);
  helpOpen = $state(false);
  /** What the system asks for; the page keeps it up to date. */
  prefersDark = $state(false);

  readonly dark = $derived(
    this.preferences.theme === "auto" ? this.prefersDark : this.preferences.theme === "dark",
  );
  readonly speed = $derived(SPEEDS[this.preferences.speed]!);
  readonly granularity = $derived(this.preferences.granularity);
  /** The preset that this run is, or branched from. */
  readonly preset = $derived(this.presets.find((preset) => this.form.is(preset.config)) ?? null);

  readonly #requests = new Requests<"opening">();
  #openings = 0;
  /** What is on its way: a branch of the run on show, the config that was typed, or a run that there is already. */
  #opening: Kind | null = null;
  arriving: Promise<void> | null = null;
  /** Edits on their way to becoming a branch: another one made meanwhile joins them. */
  #pending: Edit[] = [];
  #failed: (() => Promise<void>) | null = null;

  constructor(client = new Client()) {
    this.client = client;
    this.loader = new Loader(client);
  }

  get startsOver(): boolean {
    return this.#opening === "config";
  }

  get branches(): boolean {
    return this.#opening === "branch";
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
    return this.guarded(async () => {
      [this.catalog, this.presets] = await Promise.all([this.client.catalog(), this.client.presets()]);
    });
  }

  /** Opens a config as a run; if it is refused it stays as draft, with the errors beside its fields. */
  open(config: RunConfig, place: Partial<Place> = {}): Promise<void> {
    this.form.draft = config;
    return this.#open("config", async (signal) => {
      return this.viewOf(await this.client.createRun(config, signal), place, signal);
    });
  }

  openRun(id: string, place: Partial<Place> = {}): Promise<void> {
    return this.#open("run", async (signal) => this.viewOf(await this.client.run(id, signal), place, signal));
  }

  async openPreset(name: string): Promise<void> {
    const preset = this.presets.find((p) => p.name === name) ?? this.presets[0];
    if (preset) await this.open(preset.config);
  }

  /** The run on show with one more edit, where it stands: a branch, with the run that was left beside it. */
  async branch(edit: Edit, refused: (error: ApiError) => void): Promise<void> {
    const parent = this.view;
    const { run } = parent;
    if (!run) return;
    const edits = this.branches ? [...this.#pending, edit] : [edit];
    const at = Math.min(...edits.map(({ iteration }) => iteration));
    await this.#open(
      "branch",
      async (signal) => {
        this.#pending = edits;
        const { cursor, selection, sample } = parent;
        const made = await this.client.branch(run.id, edits, signal);
        const view = await this.viewOf(made, { ...cursor, selection, sample }, signal);
        return made.id === run.id ? view : beside(view, parent, at);
      },
      refused,
    );
  }

  /** Back to the run that this one branched from, at the branch point; the branch stays on show beside it. */
  async openParent(): Promise<void> {
    const branch = this.view;
    const { run, selection, sample, ghosts, cursor } = branch;
    const at = branch.branchPoints.at(-1) ?? 0;
    if (!run?.parent) return;
    const id = run.parent;
    await this.#open("run", async (signal) => {
      const parent = await this.client.run(id, signal);
      const view = await this.viewOf(parent, { iteration: at, step: cursor.step, selection, sample }, signal);
      const past = ghosts.find((ghost) => ghost.id === id);
      view.ghosts = [...ghosts.filter((ghost) => ghost !== past), { ...branch.history, id: run.id, at }];
      view.history = past ?? pastOf(branch.history, at);
      view.reach = Math.max(view.reach, (past?.known ?? 0) - 1);
      return view;
    });
  }

  /** A view of a run that is not on show yet, with its first picture there. */
  async viewOf(run: Run, place: Partial<Place>, signal: AbortSignal): Promise<RunView> {
    const { step = 0, sample = "mean", selection = null } = place;
    const [program, scene] = await Promise.all([
      this.client.program(run.id, signal),
      this.#sceneAt(run, place.iteration ?? 0, sample, signal),
    ]);
    const cursor = { iteration: scene[0].iteration, step };
    return RunView.of(this, run, program, { cursor, sample, selection, scene });
  }

  keepRun(): void {
    if (!this.#opening) return;
    this.#openings++;
    this.#requests.callOff(() => null);
    this.#opened();
  }

  /** Tries again what failed for want of an answer. */
  retry(): Promise<void> {
    this.trouble = null;
    return this.#failed?.() ?? Promise.resolve();
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
  #open(kind: Kind, make: (signal: AbortSignal) => Promise<RunView>, refused = this.#refused): Promise<void> {
    const opened = this.#change(kind, make, refused);
    this.arriving = kind === "run" ? opened : null;
    return opened;
  }

  #change(
    kind: Kind,
    make: (signal: AbortSignal) => Promise<RunView>,
    refused: (error: ApiError) => void,
  ): Promise<void> {
    return this.guarded(async () => {
      const mine = ++this.#openings;
      this.#opening = kind;
      this.view.leave(kind === "branch");
      this.trouble = null;
      try {
        const next = await this.#requests.ask("opening", { run: `${mine}` }, make);
        if (next) this.#enter(next);
      } finally {
        if (mine === this.#openings) this.#opened();
      }
    }, refused);
  }

  #enter(next: RunView): void {
    const last = this.view;
    this.view = next;
    this.form.enter(next.run!.config);
    last.close();
    next.begin();
    if (last.leaving) next.follow(last.leaving);
  }

  /** Nothing is on its way any more. A run that is still on show was not left. */
  #opened(): void {
    this.#opening = this.arriving = null;
    this.#pending = [];
    if (this.view.leaving) this.view.stay();
  }

  /** Where a limit keeps a linked iteration out of reach, the run opens at its start, and says why. */
  async #sceneAt(run: Run, t: number, sample: Sample, signal: AbortSignal): Promise<[Moment, Frame]> {
    try {
      return await this.loader.load(run, t, sample, signal);
    } catch (error) {
      if (t === 0 || !(error instanceof ApiError) || error.status !== REFUSED) throw error;
      this.#report(error);
      return this.loader.load(run, 0, sample, signal);
    }
  }

  #refused = (error: ApiError): void => {
    if (error.errors.length) this.form.refuse(error.errors);
    else this.trouble = error;
  };

  #report = (error: ApiError): void => {
    this.trouble = error;
  };
}

/** A branch has its parent's past, and the parent's course pale beside its own. */
function beside(branch: RunView, parent: RunView, at: number): RunView {
  const left: Ghost = { ...parent.history, id: parent.run!.id, at };
  branch.ghosts = [...parent.ghosts.filter((ghost) => ghost.id !== branch.run!.id), left];
  branch.history = pastOf(parent.history, at);
  return branch;
}

const page = "document" in globalThis ? document.getElementById("app") : null;

/** The page's studio. */
export const studio = new Studio(new Client("", page?.dataset.version));
