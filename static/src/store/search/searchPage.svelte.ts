import { ApiError, Client } from "../../api/client";
import type {
  Catalog,
  FieldError,
  Preset,
  RunConfig,
  SearchAxis,
  SearchCells,
  SearchCurves,
  SearchImportance,
  SearchInfo,
  SearchRequest,
  SearchStatus,
  TrialEntry,
} from "../../api/types";
import { ROOT, rooted } from "../../common/root";
import { decodePlace, encodePlace } from "../link";
import { type AxisDraft, axisText, type Offer, offers, readAxis, titleOfAxis } from "./axes";
import { type Brush, type Column, columnsOf, type Line, linesOf, passes } from "./parallel";
import { ranked } from "./ranking";

export type Method = SearchRequest["method"];
export const METHODS = [
  { value: "grid", text: "grid", title: "Every combination of values" },
  { value: "random", text: "random", title: "As many settings as trials says, drawn" },
  { value: "halving", text: "halving", title: "All a little way, the better half further, and so on" },
] as const;
export const OBJECTIVES = [
  { value: "test_loss@last", text: "test loss", at: "at the end" },
  { value: "test_loss@least", text: "test loss", at: "at its least" },
  { value: "train_loss@last", text: "train loss", at: "at the end" },
  { value: "test_accuracy@last", text: "test accuracy", at: "at the end" },
] as const;
export const UNTIL = "iterations until ";
const REFRESH = 2500; // milliseconds between two looks at importance, cells and curves while a search runs
const FEWEST = 10; // trials that importance rests on, where they are not all of a grid
const RUN_ID = /^[0-9a-f]{20}$/;

/** What an objective is called: "test loss". */
export const objectiveTitle = (objective: string): string =>
  OBJECTIVES.find(({ value }) => value === objective)?.text ??
  (objective.startsWith(UNTIL) ? "iterations needed" : objective);

/** What is asked for, as it is typed. */
export interface Draft {
  base: RunConfig | null;
  baseTitle: string;
  axes: AxisDraft[];
  method: Method;
  trials: string;
  seeds: string;
  iterations: string;
  rungs: string;
  objective: string;
  condition: string;
}

/** Everything that the page Search shows, and all that it asks the server for. */
export class SearchPage {
  readonly #client: Client;
  catalog = $state.raw<Catalog | null>(null);
  presets = $state.raw<Preset[]>([]);
  draft = $state<Draft>({
    base: null,
    baseTitle: "",
    axes: [],
    method: "grid",
    trials: "40",
    seeds: "3",
    iterations: "500",
    rungs: "100 400",
    objective: "test_loss@last",
    condition: "train_loss < 0.1",
  });
  errors = $state.raw<readonly FieldError[]>([]);
  notice = $state("");
  info = $state.raw<SearchInfo | null>(null);
  status = $state.raw<SearchStatus | null>(null);
  trials = $state.raw<readonly TrialEntry[]>([]);
  importance = $state.raw<SearchImportance | null>(null);
  cells = $state.raw<SearchCells | null>(null);
  curves = $state.raw<SearchCurves | null>(null);
  group = $state("");
  hovered = $state<number | null>(null);
  pinned = $state<number | null>(null);
  brush = $state.raw<Brush>(new Map());
  starting = $state(false);
  #stop: () => void = () => {};
  #refreshed = 0;

  constructor(client = new Client(ROOT, document.getElementById("app")?.dataset.version)) {
    this.#client = client;
  }

  readonly offered: Offer[] = $derived(
    this.draft.base && this.catalog ? offers(this.draft.base, this.catalog) : [],
  );
  /** The axes of the search on show, the one that matters most last, beside the loss. */
  readonly axes: SearchAxis[] = $derived.by(() => {
    const axes = (this.info?.search.axes ?? []) as SearchAxis[];
    const weight = (path: string) => {
      const known = this.importance?.axes.find((axis) => axis.path === path);
      return known ? (known.in_all ?? known.alone) : 0;
    };
    return axes.toSorted((a, b) => weight(a.path) - weight(b.path));
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
    return this.trials.find((entry) => entry.index === index) ?? null;
  });

  titleOf = (path: string): string => titleOfAxis(path, this.#offeredOfSearch);
  readonly #offeredOfSearch: Offer[] = $derived(
    this.info && this.catalog ? offers(this.info.search.base as RunConfig, this.catalog) : this.offered,
  );

  /** How many trials the draft comes to; null while that cannot be told. */
  readonly planned: number | null = $derived.by(() => {
    const seeds = this.draft.seeds
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    const perSetting = seeds.length > 1 ? seeds.length : (seeds[0] ?? 0);
    const sizes = this.draft.axes.map((axis) => {
      const read = readAxis(axis);
      return typeof read === "string" || !("values" in read) ? Number.NaN : read.values.length;
    });
    const settings =
      this.draft.method === "random" ? Number(this.draft.trials) : sizes.reduce((a, b) => a * b, 1);
    const total =
      this.draft.method === "halving" && Number.isNaN(settings) ? Number(this.draft.trials) : settings;
    return total * perSetting > 0 ? total * perSetting : null;
  });

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
    this.#restoreDraft(info);
    this.#show(info);
  }

  #restoreDraft({ search }: SearchInfo): void {
    const { base, axes, method, trials, seeds, iterations, rungs } = search as unknown as SearchRequest;
    const list = seeds as number[];
    const regular = list.every((seed, i) => seed === Number(base.seed) + i);
    const objective = String(search.objective);
    const until = objective.startsWith(UNTIL);
    this.draft.base = base;
    this.draft.baseTitle = String(base.data?.name ?? "own data").replaceAll("_", " ");
    this.draft.axes = axes.map((axis) => ({ path: axis.path, text: axisText(axis) }));
    this.draft.method = method;
    this.draft.trials = String(trials ?? this.draft.trials);
    this.draft.seeds = regular ? String(list.length) : list.join(" ");
    this.draft.iterations = String(iterations);
    if (rungs) this.draft.rungs = rungs.join(" ");
    this.draft.objective = until ? UNTIL : objective;
    if (until) this.draft.condition = objective.slice(UNTIL.length);
  }

  async start(): Promise<void> {
    const asked = this.#asked();
    if (!asked) return;
    this.starting = true;
    try {
      const info = await this.#client.createSearch(asked);
      window.history.replaceState(null, "", `${window.location.pathname}#${info.id}`);
      this.#show(info);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.starting = false;
    }
  }

  /** The request that the draft means; null, with the mistakes told, where it means none. */
  #asked(): SearchRequest | null {
    const { draft } = this;
    const axes = draft.axes.map(readAxis);
    const mistakes = axes.flatMap((axis, i) =>
      typeof axis === "string" ? [{ path: `axes[${i}]`, message: axis } as FieldError] : [],
    );
    this.errors = mistakes;
    this.notice = "";
    if (mistakes.length || !draft.base) return null;
    const seeds = numbersIn(draft.seeds);
    const halving = draft.method === "halving";
    const ranged = axes.some((axis) => typeof axis !== "string" && !("values" in axis));
    return {
      base: draft.base,
      axes: axes as SearchAxis[],
      method: draft.method,
      seeds: seeds.length > 1 ? seeds : (seeds[0] ?? 0),
      objective: draft.objective === UNTIL ? UNTIL + draft.condition : draft.objective,
      ...(halving ? { rungs: numbersIn(draft.rungs) } : { iterations: Number(draft.iterations) }),
      ...(draft.method === "random" || (halving && ranged) ? { trials: Number(draft.trials) } : {}),
    };
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
    this.importance = this.cells = this.curves = null;
    this.brush = new Map();
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

  /** Importance, cells and curves anew; what cannot be told yet stays away. */
  async refresh(): Promise<void> {
    const id = this.info?.id;
    if (!id) return;
    this.#refreshed = Date.now();
    if (this.#canTell) this.importance = await settled(this.#client.searchImportance(id), this.importance);
    const [x, y] = this.#mostImportant();
    this.cells = x && y ? await settled(this.#client.searchCells(id, x, y), null) : null;
    this.curves = await settled(this.#client.searchCurves(id, this.axes.length ? this.group : ""), null);
  }

  async showGroup(group: string): Promise<void> {
    this.group = group;
    if (this.info) this.curves = await settled(this.#client.searchCurves(this.info.id, group), null);
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
    const { entries } = await this.#client.trials(this.info!.id, {
      after: entry.index,
      limit: 1,
      config: true,
    });
    const config = entries[0]!.config as unknown as RunConfig;
    const place = { config, iteration: entry.iterations, step: 0, selection: null, sample: 0 };
    return rooted(`/#${await encodePlace(place)}`);
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

const numbersIn = (text: string) =>
  text
    .trim()
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);

/** What was answered; what there was before where the server cannot tell yet. */
async function settled<T>(answer: Promise<T>, before: T | null): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError) return before;
    throw error;
  }
}
