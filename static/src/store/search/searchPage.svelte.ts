import { ApiError, Client } from "../../api/client";
import type {
  Catalog,
  FieldError,
  Findings,
  Json,
  Preset,
  RunConfig,
  SearchAxis,
  SearchBest,
  SearchCells,
  SearchCurves,
  SearchImportance,
  SearchInfo,
  SearchRequest,
  SearchStatus,
  TrialEntry,
} from "../../api/types";
import { ROOT } from "../../common/root";
import { MOST, type Sides } from "../compare/sides";
import { decodePlace, hrefOf, placeAt } from "../link";
import { axisText, type Offer, offers, titleOfAxis, valueText } from "./axes";
import { type Draft, draftOf, emptyDraft, requestOf, trialsOf } from "./draft";
import { axesOf, distinct, finer, settingOf } from "./goOn";
import { type Brush, type Column, columnsOf, type Line, linesOf, passes } from "./parallel";
import { hasPicture, Pictures } from "./pictures";
import { ranked } from "./ranking";

const REFRESH = 2500; // milliseconds between two looks at importance, cells and curves while a search runs
const CONTENDERS = 3; // settings that more seeds are for: the best and the nearest to it
export const MORE_SEEDS = 16;
const FEWEST = 10; // trials that importance rests on, where they are not all of a grid
const RUN_ID = /^[0-9a-f]{20}$/;

/** Everything that the page Search shows, and all that it asks the server for. */
export class SearchPage {
  readonly #client: Client;
  catalog = $state.raw<Catalog | null>(null);
  presets = $state.raw<Preset[]>([]);
  draft = $state<Draft>(emptyDraft());
  errors = $state.raw<readonly FieldError[]>([]);
  notice = $state("");
  info = $state.raw<SearchInfo | null>(null);
  status = $state.raw<SearchStatus | null>(null);
  trials = $state.raw<readonly TrialEntry[]>([]);
  importance = $state.raw<SearchImportance | null>(null);
  best = $state.raw<SearchBest | null>(null);
  cells = $state.raw<SearchCells | null>(null);
  curves = $state.raw<SearchCurves | null>(null);
  group = $state("");
  hovered = $state<number | null>(null);
  pinned = $state<number | null>(null);
  brush = $state.raw<Brush>(new Map());
  /** Numbers of trials that were ticked, for Compare and to go on with. */
  ticked = $state.raw<readonly number[]>([]);
  pictures = $state.raw<Pictures | null>(null);
  /** Whether trials have pictures: their inputs are a plane, and their outputs one or two. */
  pictured = $state(false);
  starting = $state(false);
  #stop: () => void = () => {};
  #refreshed = 0;
  #round = 0;

  constructor(client = new Client(ROOT, document.getElementById("app")?.dataset.version)) {
    this.#client = client;
  }

  readonly offered: Offer[] = $derived(
    this.draft.base && this.catalog ? offers(this.draft.base, this.catalog) : [],
  );
  readonly #asGiven = $derived((this.info?.search.axes ?? []) as SearchAxis[]);
  /** The axes of the search on show, the one that matters most last, beside the loss. */
  readonly axes: SearchAxis[] = $derived.by(() => {
    const weight = (path: string) => {
      const known = this.importance?.axes.find((axis) => axis.path === path);
      return known ? (known.in_all ?? known.alone) : 0;
    };
    return this.#asGiven.toSorted((a, b) => weight(a.path) - weight(b.path));
  });
  readonly objective = $derived(String(this.info?.search.objective ?? this.draft.objective));
  readonly larger = $derived(this.objective.startsWith("test_accuracy"));
  readonly running = $derived(this.status?.state === "running" || this.status?.state === "waiting");
  readonly ranked: readonly TrialEntry[] = $derived(ranked(this.trials, this.larger));
  readonly columns: Column[] = $derived(columnsOf(this.axes, this.ranked));
  readonly lines: Line[] = $derived(linesOf(this.columns, this.ranked));
  /** The lines in the brush, the best first. */
  readonly brushed: Line[] = $derived(this.lines.filter((line) => passes(line, this.columns, this.brush)));
  readonly shown: TrialEntry[] = $derived(this.brushed.map(({ entry }) => entry));
  readonly inHand: TrialEntry | null = $derived.by(() => {
    const index = this.hovered ?? this.pinned ?? this.status?.best?.index ?? null;
    return index === null ? null : (this.byIndex.get(index) ?? null);
  });
  readonly byIndex: ReadonlyMap<number, TrialEntry> = $derived(
    new Map(this.trials.map((entry) => [entry.index, entry])),
  );
  /** What the search goes on with: what was ticked, else of a grid what is brushed, else the best. */
  readonly chosen: TrialEntry[] = $derived.by(() => {
    if (this.ticked.length) return this.ticked.flatMap((index) => this.byIndex.get(index) ?? []);
    return this.brush.size && this.info?.search.method === "grid" ? this.shown : this.shown.slice(0, 1);
  });

  titleOf = (path: string): string => titleOfAxis(path, this.#offeredOfSearch);
  readonly #offeredOfSearch: Offer[] = $derived(
    this.info && this.catalog ? offers(this.info.search.base as RunConfig, this.catalog) : this.offered,
  );

  /** How many trials the draft comes to; null while that cannot be told. */
  readonly planned: number | null = $derived(trialsOf(this.draft));

  /** Shows the search that the fragment names, or begins with the run that it holds; asked for seeds, at once. */
  async arrive(fragment: string, asked = new URLSearchParams()): Promise<void> {
    try {
      [this.catalog, this.presets] = await Promise.all([this.#client.catalog(), this.#client.presets()]);
      if (RUN_ID.test(fragment)) return await this.#showKnown(fragment);
      const place = fragment ? await decodePlace(fragment) : null;
      if (!place) return this.choosePreset("spiral");
      this.setBase(place.config, "the studio's run");
      if (asked.has("seeds")) await this.#askLuck(place.config, asked);
    } catch (error) {
      this.#refused(error);
    }
  }

  choosePreset(name: string): void {
    const preset = this.presets.find((one) => one.name === name) ?? this.presets[0];
    if (preset) this.setBase(preset.config, preset.title);
  }

  /** Another base begins with the smallest useful search: five rates, three seeds. */
  setBase(config: RunConfig, title: string): void {
    this.draft.base = { ...config, edits: [] };
    this.draft.baseTitle = title;
    const first = this.offered.find((offer) => offer.path === "optimizer.learning_rate");
    this.draft.axes = first ? [{ path: first.path, text: first.text }] : [];
    this.errors = [];
  }

  /** The very run, its edits included, with other seeds and nothing else. */
  async #askLuck(base: RunConfig, asked: URLSearchParams): Promise<void> {
    const said = (name: "seeds" | "iterations" | "objective") => asked.get(name) ?? this.draft[name];
    const given = { seeds: said("seeds"), iterations: said("iterations"), objective: said("objective") };
    Object.assign(this.draft, { base, axes: [], ...given });
    await this.start();
  }

  async #showKnown(id: string): Promise<void> {
    const info = await this.#client.search(id);
    Object.assign(this.draft, draftOf(info));
    this.#show(info);
  }

  async start(): Promise<void> {
    const asked = this.#asked();
    if (!asked) return;
    this.starting = true;
    try {
      const info = await this.#client.createSearch(asked);
      const address = `${window.location.pathname}#${info.id}`;
      // one that is on show stays a step back
      if (this.info && this.info.id !== info.id) window.history.pushState(null, "", address);
      else window.history.replaceState(null, "", address);
      this.#show(info);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.starting = false;
    }
  }

  /** The request that the draft means; null, with the mistakes told, where it means none. */
  #asked(): SearchRequest | null {
    const found = requestOf(this.draft);
    this.errors = Array.isArray(found) ? found : [];
    this.notice = "";
    return Array.isArray(found) ? null : found;
  }

  #refused(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    this.errors = error.errors;
    this.notice = error.detail;
  }

  #show(info: SearchInfo): void {
    this.#stop();
    this.info = info;
    this.status = null;
    this.trials = [];
    this.best = this.importance = this.cells = this.curves = null;
    this.brush = new Map();
    this.ticked = [];
    this.pictures = new Pictures(this.#client, info.id);
    void this.#look(info);
    this.hovered = this.pinned = null;
    this.notice = "";
    const known = new Map<number, TrialEntry>();
    this.#stop = this.#client.watchSearch(info.id, {
      trials: (entries) => {
        for (const entry of entries) known.set(entry.index, entry);
        this.trials = [...known.values()];
      },
      progress: (status) => {
        this.status = status;
        this.notice = "";
        if (Date.now() - this.#refreshed > REFRESH) void this.refresh();
      },
      done: () => void this.refresh(),
      interrupted: () => {
        this.notice = "The server does not answer. The search goes on as soon as it does.";
      },
    });
  }

  async #look(info: SearchInfo): Promise<void> {
    const base = await settled(this.#client.createRun(info.search.base as RunConfig), null);
    if (this.info === info) this.pictured = base !== null && hasPicture(base);
  }

  /** What the search says as a whole anew; what cannot be told yet stays away, and what is late is passed over. */
  async refresh(): Promise<void> {
    const id = this.info?.id;
    if (!id) return;
    this.#refreshed = Date.now();
    const mine = ++this.#round;
    const ask = async <K extends keyof Findings>(what: K, keep: (found: Findings[K]) => void, query = {}) => {
      const found = await settled(this.#client.finding(id, what, query), null);
      if (found && mine === this.#round && this.info?.id === id) keep(found);
    };
    if (this.axes.length) await ask("best", (found) => (this.best = found));
    if (this.#canTell) await ask("importance", (found) => (this.importance = found));
    const [x, y] = this.#mostImportant();
    if (x && y) await ask("cells", (found) => (this.cells = found), { x, y });
    await ask("curves", (found) => (this.curves = found), { group: this.axes.length ? this.group : "" });
  }

  async showGroup(group: string): Promise<void> {
    this.group = group;
    if (this.info) this.curves = await settled(this.#client.finding(this.info.id, "curves", { group }), null);
  }

  /** Whether enough is done to tell which axes matter: all of a grid, or some trials of any search. */
  get #canTell(): boolean {
    const { done = 0, trials = 0 } = this.status ?? {};
    const whole = this.info?.search.method === "grid" && done === trials;
    return this.axes.length > 0 && done > 1 && (whole || this.ranked.length >= FEWEST);
  }

  /** The two axes with values that matter most. */
  #mostImportant(): (string | undefined)[] {
    const listed = this.axes.filter((axis) => "values" in axis && axis.values.length > 1);
    return listed
      .toReversed()
      .slice(0, 2)
      .map(({ path }) => path);
  }

  async cancel(): Promise<void> {
    if (this.info)
      await this.#client.cancelSearch(this.info.id).catch((error: unknown) => this.#refused(error));
  }

  /** Where the studio shows a trial: its configuration at the iteration that it came to. */
  async addressOf(entry: TrialEntry): Promise<string> {
    const config = await this.pictures!.config(entry);
    return hrefOf("/", placeAt(config, entry.iterations, { sample: 0 }));
  }

  /** Where the ticked trials stand side by side. */
  async compareAddress(): Promise<string> {
    const entries = this.ticked.slice(0, MOST).flatMap((index) => this.byIndex.get(index) ?? []);
    const configs = await Promise.all(entries.map((entry) => this.pictures!.config(entry)));
    const runs = entries.map((entry, i) => ({ name: this.#nameOf(entry), config: configs[i]! }));
    const to = Math.max(...entries.map(({ iterations }) => iterations));
    return hrefOf("/compare", { runs, iteration: to, to } satisfies Sides);
  }

  #nameOf({ settings, seed }: TrialEntry): string {
    const told = Object.entries(settings).map(([path, value]) => `${this.titleOf(path)} ${valueText(value)}`);
    return [...told, `seed ${seed}`].join(", ");
  }

  tick(index: number, on: boolean): void {
    this.ticked = on ? [...this.ticked, index] : this.ticked.filter((other) => other !== index);
  }

  /** The part of the axes that the brush holds, of a grid with values between. */
  searchInside(): Promise<void> {
    const axes = axesOf(this.#asGiven, this.shown);
    return this.#goOn(this.info?.search.method === "grid" ? finer(axes) : axes, {});
  }

  /** The settings that more seeds are for: what was ticked, else of a grid the best and its nearest rivals, else the best. */
  readonly contenders: Json[][] = $derived.by(() => {
    const settings = this.ticked.length
      ? this.chosen.map((entry) => entry.settings)
      : [
          this.best?.settings,
          ...(this.best?.rivals ?? []).slice(0, CONTENDERS - 1).map((rival) => rival.settings),
        ];
    const some = this.info?.search.method === "grid" ? settings : settings.slice(0, 1);
    return some.flatMap((one) => (one ? [this.#asGiven.map(({ path }) => one[path] as Json)] : []));
  });

  moreSeeds(): Promise<void> {
    const axes = this.#asGiven.map(({ path }, i) => ({
      path,
      values: distinct(this.contenders.map((one) => one[i]!)),
    }));
    return this.#goOn(axes, { method: "grid", seeds: String(MORE_SEEDS) });
  }

  /** What was chosen, twice as far; a drawn setting by itself, since no grid holds several of them alone. */
  trainOn(): Promise<void> {
    const grid = this.info?.search.method === "grid";
    const axes = grid ? axesOf(this.#asGiven, this.chosen) : settingOf(this.#asGiven, this.chosen[0]!);
    const iterations = String(2 * Number(this.info?.search.iterations));
    return this.#goOn(axes, { method: "grid", iterations });
  }

  #goOn(axes: SearchAxis[], change: Partial<Draft>): Promise<void> {
    const { base, baseTitle } = this.draft;
    if (this.info) Object.assign(this.draft, draftOf(this.info));
    if (base?.data?.name === this.draft.base?.data?.name) this.draft.baseTitle = baseTitle;
    Object.assign(this.draft, {
      axes: axes.map((axis) => ({ path: axis.path, text: axisText(axis) })),
      ...change,
    });
    return this.start();
  }

  setBrush(axis: string, range: readonly [number, number] | null): void {
    const next = new Map(this.brush);
    if (range) next.set(axis, range);
    else next.delete(axis);
    this.brush = next;
  }

  clearBrush(): void {
    this.brush = new Map();
  }

  leave(): void {
    this.#stop();
  }
}

/** What was answered; what there was before where the server cannot tell yet. */
async function settled<T>(answer: Promise<T>, before: T | null): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError) return before;
    throw error;
  }
}
