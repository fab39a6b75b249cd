import { decode } from "./decode";
import { ApiError, NotRecorded, noAnswer, refusal } from "./errors";
import { listen, type Piece, type SearchListener, watched } from "./events";
import { Patience } from "./patience";
import { type Query, queryString, trainingBefore } from "./query";
import type { RecordedAbout, Recording } from "./recording";
import { readSafetensors } from "./safetensors";
import { Trainings } from "./trainings";
import type {
  Boundary,
  Card,
  CardEntry,
  CardGrade,
  Catalog,
  Cell,
  Compared,
  ConfigCheck,
  ConvertedCode,
  Derivation,
  Differences,
  Distribution,
  Edit,
  Evaluation,
  Exercise,
  ExerciseHint,
  ExerciseKind,
  ExpressionInputs,
  Findings,
  Found,
  Graded,
  GradientCheck,
  GradientFlow,
  GroundQuery,
  History,
  IterationSummary,
  Landscape,
  LandscapeQuery,
  LandscapeSpot,
  LayersCourse,
  Lesson,
  LessonEntry,
  Offered,
  OwnTable,
  Past,
  Paths,
  Plane,
  PlaneQuery,
  PointCourse,
  Preset,
  Program,
  RangeTest,
  Reached,
  ReadyComparison,
  Run,
  RunConfig,
  SampleShares,
  Samples,
  SavedPage,
  SavedRun,
  SearchInfo,
  SearchRequest,
  SearchStatus,
  Skill,
  SolutionLine,
  Stage,
  StepDetail,
  Thumbnail,
  TrialEntries,
  UpdateEffect,
  UpdatesQuery,
  UpdateTable,
  ValueDifference,
  Values,
  Variants,
  Written,
} from "./types";

export { ApiError, NotRecorded } from "./errors";

const LEFT_OUT =
  "This file holds a part of the run. Export it anew where it came from, or open its settings in Backscope.";
const UNCHANGING = "A recording stays as it is: to change anything, open its settings in Backscope.";

const REFUSED = 422;
const UNKNOWN_RUN = "unknown-run";
const MOST_TURNS = 8;
const JSON_TYPE = "application/json";
const TENSORS = "application/vnd.safetensors";

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw noAnswer();
  }
}

export class Client {
  /** Configs by run id: with them a server that does not know a run (it restarted) is told again, once. */
  readonly #configs = new Map<string, RunConfig>();
  readonly patience = new Patience();
  readonly trainings = new Trainings();
  readonly #base: string;

  /** Runs keep their ids from one version of the program to the next: an answer kept for ever is one version's. */
  readonly #version: string | undefined;
  /** Answers instead of a server, where this page is a file that holds them. */
  readonly #recording: Promise<Recording> | null;
  /** What that is of. */
  readonly recorded: RecordedAbout | null;

  constructor(
    base = "",
    version?: string,
    recorded: RecordedAbout | null = null,
    recording: Promise<Recording> | null = null,
  ) {
    this.recorded = recorded;
    this.#base = base;
    this.#version = version;
    this.#recording = recording;
  }

  knows(id: string, config: RunConfig): void {
    this.#configs.set(id, config);
  }

  catalog = (signal?: AbortSignal) => this.#json<Catalog>("/api/catalog", {}, signal);
  presets = (signal?: AbortSignal) => this.#json<Preset[]>("/api/presets", {}, signal);

  convert = (source: string, dialect: string, signal?: AbortSignal) =>
    this.#post<ConvertedCode>("/api/convert", { source, dialect }, signal);
  readTable = (text: string, query: Query, signal?: AbortSignal) =>
    this.#upload<OwnTable>(`/api/tables${queryString(query)}`, "text/csv", text, signal);
  /** The run of another start: this one's network with the numbers of a safetensors file. */
  async withWeights(id: string, weights: ArrayBuffer, signal?: AbortSignal): Promise<Run> {
    return this.#remember(await this.#upload<Run>(`/api/runs/${id}/weights`, TENSORS, weights, signal));
  }
  async drawTable(rule: { [name: string]: string | number }, signal?: AbortSignal): Promise<string> {
    return (await this.#post<{ text: string }>("/api/tables/drawn", rule, signal)).text;
  }
  thumbnail = (path: string, signal?: AbortSignal) => this.#json<Thumbnail>(path, {}, signal);
  lessons = (signal?: AbortSignal) => this.#json<LessonEntry[]>("/api/lessons", {}, signal);
  lesson = (name: string, signal?: AbortSignal) =>
    this.#json<Lesson>(`/api/lessons/${encodeURIComponent(name)}`, {}, signal);
  fillLesson = (text: string, signal?: AbortSignal) => this.#post<Lesson>("/api/lessons", { text }, signal);

  skills = (signal?: AbortSignal) => this.#json<Skill[]>("/api/practice/skills", {}, signal);
  exercise = (id: string, asked: Asked, signal?: AbortSignal) =>
    this.#json<Exercise>(exerciseAt(id, asked), drawn(asked), signal);
  grade = (id: string, asked: Asked, answers: Record<string, string>, signal?: AbortSignal) =>
    this.#post<Graded>(`${exerciseAt(id, asked)}/grade${queryString(drawn(asked))}`, { answers }, signal);
  exerciseHint = (id: string, asked: Asked, number: number, signal?: AbortSignal) =>
    this.#json<ExerciseHint>(`${exerciseAt(id, asked)}/hints/${number}`, drawn(asked), signal);
  async solution(id: string, asked: Asked, signal?: AbortSignal): Promise<SolutionLine[]> {
    const path = `${exerciseAt(id, asked)}/solution`;
    return (await this.#json<{ lines: SolutionLine[] }>(path, drawn(asked), signal)).lines;
  }
  cards = (signal?: AbortSignal) => this.#json<CardEntry[]>("/api/practice/cards", {}, signal);
  card = (name: string, signal?: AbortSignal) =>
    this.#json<Card>(`/api/practice/cards/${encodeURIComponent(name)}`, {}, signal);
  gradeCard = (name: string, answer: string, signal?: AbortSignal) =>
    this.#post<CardGrade>(`/api/practice/cards/${encodeURIComponent(name)}/grade`, { answer }, signal);

  async expressionInputs(expression: string, signal?: AbortSignal): Promise<string[]> {
    const { inputs } = await this.#post<ExpressionInputs>("/api/expressions/inputs", { expression }, signal);
    return inputs;
  }

  comparisons = (signal?: AbortSignal) => this.#json<ReadyComparison[]>("/api/comparisons", {}, signal);

  library = (
    query: { search?: string; tag?: string; sort?: string; limit?: number; after?: string },
    signal?: AbortSignal,
  ) => this.#json<SavedPage>("/api/library", query, signal);
  saveRun = (id: string, words: Partial<Written>, signal?: AbortSignal) =>
    this.#write<SavedRun>("PUT", `/api/library/${id}`, words, signal);
  forgetRun = (id: string, signal?: AbortSignal) =>
    this.#write<SavedRun>("DELETE", `/api/library/${id}`, undefined, signal);
  importLibrary = (file: unknown, signal?: AbortSignal) =>
    this.#post<{ ids: string[] }>("/api/library/import", file, signal);
  libraryUrl = (ids: readonly string[]) =>
    `${this.#base}/api/library/export${queryString({ ids: ids.join(",") || null })}`;

  check = (config: RunConfig, signal?: AbortSignal) =>
    this.#post<ConfigCheck>("/api/runs/check", config, signal);

  /** Opens a loop that was watched elsewhere: the bytes of its file. */
  openRecording = (file: ArrayBuffer, signal?: AbortSignal) =>
    this.#upload<Run>("/api/recordings", TENSORS, file, signal);

  async createRun(config: RunConfig, signal?: AbortSignal): Promise<Run> {
    return this.#remember(await this.#post<Run>("/api/runs", config, signal));
  }

  async run(id: string, signal?: AbortSignal): Promise<Run> {
    return this.#remember(await this.#json<Run>(`/api/runs/${id}`, {}, signal));
  }

  async branch(id: string, edits: Edit[], signal?: AbortSignal): Promise<Run> {
    return this.#remember(await this.#post<Run>(`/api/runs/${id}/branches`, { edits }, signal));
  }

  program = (id: string, signal?: AbortSignal) => this.#json<Program>(`/api/runs/${id}/program`, {}, signal);
  samples = (id: string, signal?: AbortSignal) => this.#json<Samples>(`/api/runs/${id}/samples`, {}, signal);

  summary = (id: string, t: number, signal?: AbortSignal) =>
    this.#json<IterationSummary>(at(id, t), {}, signal);

  trace = (id: string, t: number, signal?: AbortSignal) => this.#tensors(`${at(id, t)}/trace`, {}, signal);

  step = (id: string, t: number, k: number, signal?: AbortSignal) =>
    this.#json<StepDetail>(`${at(id, t)}/steps/${k}`, {}, signal);

  derivation = (
    id: string,
    t: number,
    cell: Cell,
    more: { sample?: number; check?: boolean; limit?: number } = {},
    signal?: AbortSignal,
  ) =>
    this.#json<Derivation>(
      `${at(id, t)}/derivation`,
      {
        value: cell.value,
        index: cell.index.join(","),
        sample: more.sample,
        check: more.check || undefined,
        limit: more.limit,
      },
      signal,
    );

  paths = (id: string, t: number, cell: Cell, sample: number, signal?: AbortSignal) =>
    this.#json<Paths>(
      `${at(id, t)}/paths`,
      { parameter: cell.value, index: cell.index.join(","), sample },
      signal,
    );

  gradientCheck = (id: string, t: number, signal?: AbortSignal) =>
    this.#json<GradientCheck>(`${at(id, t)}/gradient-check`, {}, signal);

  variants = (id: string, t: number, signal?: AbortSignal) =>
    this.#json<Variants>(`${at(id, t)}/variants`, {}, signal);

  evaluation = (id: string, t: number, signal?: AbortSignal) =>
    this.#json<Evaluation>(`${at(id, t)}/evaluation`, {}, signal);

  flow = (id: string, t: number, sample?: number, signal?: AbortSignal) =>
    this.#json<GradientFlow>(`${at(id, t)}/flow`, { sample }, signal);

  effect = (id: string, t: number, signal?: AbortSignal) =>
    this.#json<UpdateEffect>(`${at(id, t)}/effect`, {}, signal);

  shares = (id: string, t: number, cell: Cell, signal?: AbortSignal) =>
    this.#json<SampleShares>(
      `${at(id, t)}/shares`,
      { value: cell.value, index: cell.index.join(",") },
      signal,
    );

  stage = (id: string, t: number, layer: string, sample: number, cell: Cell | null, signal?: AbortSignal) =>
    this.#json<Stage>(
      `${at(id, t)}/stage`,
      { layer, sample, value: cell?.value, index: cell?.index.join(",") },
      signal,
    );

  boundary = (id: string, t: number, resolution: number, signal?: AbortSignal) =>
    this.#json<Boundary>(`${at(id, t)}/boundary`, { resolution }, signal);

  updates = (id: string, t: number, query: UpdatesQuery, signal?: AbortSignal) =>
    this.#json<UpdateTable>(`${at(id, t)}/updates`, { ...query }, signal);

  plane = (id: string, query: PlaneQuery, signal?: AbortSignal) =>
    this.#json<Plane>(`/api/runs/${id}/plane`, { ...query }, signal);

  history = (id: string, from: number, to: number, signal?: AbortSignal) =>
    this.#json<History>(`/api/runs/${id}/history`, { from, to }, signal);

  find = (id: string, condition: string, from: number, to: number, signal?: AbortSignal) =>
    this.#json<Found>(`/api/runs/${id}/find`, { condition, from, to }, signal);

  conditions = (id: string, to: number, signal?: AbortSignal) =>
    this.#json<Offered>(`/api/runs/${id}/conditions`, { to }, signal);

  point = (id: string, whom: Query, from: number, to: number, signal?: AbortSignal) =>
    this.#json<PointCourse>(`/api/runs/${id}/point`, { from, to, ...whom }, signal);

  series = (
    id: string,
    expression: string,
    from: number,
    to: number,
    signal?: AbortSignal,
    smooth?: number,
  ) => this.#json<Past>(`/api/runs/${id}/series`, { expression, from, to, smooth }, signal);

  layers = (id: string, to: number, every: number, signal?: AbortSignal) =>
    this.#json<LayersCourse>(`/api/runs/${id}/layers`, { to, every }, signal);

  distribution = (
    id: string,
    query: { value: string; to: number; every: number; scale: "linear" | "log" },
    signal?: AbortSignal,
  ) => this.#json<Distribution>(`/api/runs/${id}/distribution`, query, signal);

  compare = (id: string, other: string, to: number, signal?: AbortSignal) =>
    this.#json<Compared>(`/api/runs/${id}/compare`, { with: other, to }, signal);

  differences = (id: string, t: number, other: string, signal?: AbortSignal) =>
    this.#json<Differences>(`${at(id, t)}/differences`, { with: other }, signal);
  difference = (id: string, t: number, other: string, value: string, signal?: AbortSignal) =>
    this.#json<ValueDifference>(`${at(id, t)}/difference`, { with: other, value }, signal);

  frames = (
    id: string,
    query: { from: number; to: number; stride?: number; sample?: number; resolution?: number },
    signal?: AbortSignal,
  ) => this.#tensors(`/api/runs/${id}/frames`, query, signal);

  landscape = (id: string, t: number, query: LandscapeQuery, signal?: AbortSignal) =>
    this.#json<Landscape>(`${at(id, t)}/landscape`, { ...query }, signal);

  landscapeSpot = (id: string, t: number, query: GroundQuery, a: number, b: number) =>
    this.#json<LandscapeSpot>(`${at(id, t)}/landscape/spot`, { ...query, a, b });

  /** How much one request may ask for, by the name of the limit. */
  limits = (signal?: AbortSignal) => this.#json<{ [name: string]: number }>("/api/limits", {}, signal);

  rangeTest = (id: string, seeds: number, told: (so: Piece) => void, signal: AbortSignal) =>
    this.#events<Piece, RangeTest>(`/api/runs/${id}/range-test?seeds=${seeds}`, told, signal);

  /** Trains a run up to an iteration, told how far it is while that lasts. */
  reach = async (id: string, t: number, told: (so: Reached) => void, signal: AbortSignal): Promise<void> => {
    await this.#events(`/api/runs/${id}/iterations/${t}/reached`, told, signal);
  };

  createSearch = (search: SearchRequest, signal?: AbortSignal) =>
    this.#post<SearchInfo>("/api/searches", search, signal);

  search = (id: string, signal?: AbortSignal) =>
    this.#json<SearchInfo>(`/api/searches/${id}/config`, {}, signal);

  cancelSearch = (id: string) => this.#post<SearchStatus>(`/api/searches/${id}/cancel`, {});

  trials = (id: string, query: { after?: number; limit?: number; config?: boolean }, signal?: AbortSignal) =>
    this.#json<TrialEntries>(`/api/searches/${id}/trials`, query, signal);

  /** What a search says as a whole. */
  finding = <K extends keyof Findings>(id: string, what: K, query: Query = {}) =>
    this.#json<Findings[K]>(`/api/searches/${id}/${what}`, query);

  /** Tells of a search while it runs, beginning with all that is known; ends it when the function is called. */
  watchSearch = (id: string, told: SearchListener): (() => void) =>
    watched(`${this.#base}/api/searches/${id}`, told);

  /** A stretch of the run as a file that plays by itself. */
  recordingUrl = (id: string, from: number, to: number, t: number) =>
    `${this.#base}/api/runs/${id}/export/html${this.#query({ from, to, iteration: t })}`;

  exportUrl = (id: string, format: string, t: number, more: Query = {}) =>
    `${this.#base}/api/runs/${id}/export/${format}${this.#query({ iteration: t, ...more })}`;

  #query = (query: Query) => queryString({ ...query, v: this.#version });

  /** A recording is no configuration: posting that would make another run. */
  #remember(run: Run): Run {
    if (!run.recording) this.#configs.set(run.id, run.config);
    return run;
  }

  #post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.#write("POST", path, body, signal);
  }

  #write<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.#upload(path, JSON_TYPE, JSON.stringify(body) ?? null, signal, method);
  }

  /** Sends something of any type; the answer is JSON. */
  async #upload<T>(
    path: string,
    type: string,
    body: BodyInit | null,
    signal?: AbortSignal,
    method = "POST",
  ): Promise<T> {
    if (this.#recording) throw new NotRecorded(UNCHANGING);
    const headers = { "content-type": type, accept: JSON_TYPE };
    const init: RequestInit = { method, headers, body, signal: signal ?? null };
    return decode(await (await this.#ask(path, init)).json()) as T;
  }

  async #json<T>(path: string, query: Query, signal?: AbortSignal): Promise<T> {
    if (this.#recording) return held((await this.#recording).json(path + queryString(query))) as T;
    return decode(await (await this.#get(path + this.#query(query), JSON_TYPE, signal)).json()) as T;
  }

  async #tensors(path: string, query: Query, signal?: AbortSignal): Promise<Values> {
    if (this.#recording) return held((await this.#recording).tensors(path + queryString(query)));
    return readSafetensors(await (await this.#get(path + this.#query(query), TENSORS, signal)).arrayBuffer());
  }

  #get(path: string, accept: string, signal?: AbortSignal): Promise<Response> {
    return this.#ask(path, { headers: { accept }, signal: signal ?? null });
  }

  /** Sends; a 404 for a run whose config is known here is answered by posting that config. */
  async #ask(path: string, init: RequestInit): Promise<Response> {
    const response = await this.#send(path, init);
    if (response.ok) return response;
    if (response.status === REFUSED) return this.#reach(path, init, await refusal(response));
    const named = [...this.#configs].filter(([id]) => path.includes(id)).map(([, config]) => config);
    if (response.status !== 404 || !named.length) throw await refusal(response);
    return this.#tell(named, path, init);
  }

  /** Of several servers behind one address each may have to be told, and chance decides which one is asked. */
  async #tell(configs: RunConfig[], path: string, init: RequestInit): Promise<Response> {
    for (let turn = 1; ; turn++) {
      for (const config of configs) await this.#post<Run>("/api/runs", config, init.signal ?? undefined);
      const again = await this.#send(path, init);
      if (again.ok) return again;
      const problem = await refusal(again);
      if (problem.kind !== UNKNOWN_RUN || turn === MOST_TURNS) throw problem;
    }
  }

  /** What took too long because of the training before it: that is done first, and told of while it lasts. */
  async #reach(path: string, init: RequestInit, problem: ApiError, turn = 1): Promise<Response> {
    const way = trainingBefore(path);
    if (problem.limit?.name !== "seconds" || !way || turn > MOST_TURNS) throw problem;
    await this.trainings.wait((told, signal) => this.#events(way, told, signal), init.signal ?? null);
    const again = await this.#send(path, init);
    return again.ok ? again : this.#reach(path, init, await refusal(again), turn + 1);
  }

  /** Long work in events. Where there are none, a plain request says why, or tells the server of the run. */
  async #events<So, Found>(path: string, told: (so: So) => void, signal: AbortSignal | null): Promise<Found> {
    try {
      return await listen<So, Found>(this.#base + path, told, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 0 || signal?.aborted) throw error;
      await this.#ask(path, { headers: { accept: "application/json" }, signal });
      return listen<So, Found>(this.#base + path, told, signal);
    }
  }

  #send(path: string, init: RequestInit): Promise<Response> {
    return this.patience.ask(() => send(this.#base + path, init), init.signal ?? null);
  }
}

/** What a recording holds of what it is asked for. */
function held<T>(answer: T | null): T {
  if (answer === null) throw new NotRecorded(LEFT_OUT);
  return answer;
}

/** What an exercise is drawn by, on a run. */
export interface Asked {
  iteration: number;
  kind: ExerciseKind;
  seed: number;
  skill: string;
  friendly?: boolean | undefined;
}
const exerciseAt = (id: string, { iteration, kind }: Asked) => `${at(id, iteration)}/exercises/${kind}`;
const drawn = ({ seed, skill, friendly }: Asked) => ({
  seed,
  skill: skill || null,
  friendly: friendly || null,
});

const at = (id: string, t: number) => `/api/runs/${id}/iterations/${t}`;
