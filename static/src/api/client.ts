import { type Piece, type SearchListener, watched } from "./events";
import type { Patience } from "./patience";
import { type Query, queryString } from "./query";
import type { RecordedAbout, Recording } from "./recording";
import type { Trainings } from "./trainings";
import { TENSORS, Transport } from "./transport";
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
  Variants,
  Written,
} from "./types";

export { ApiError, NotRecorded } from "./errors";

export class Client {
  readonly #to: Transport;
  /** What this page holds, where it is a file that needs no server. */
  readonly recorded: RecordedAbout | null;

  constructor(
    base = "",
    version?: string,
    recorded: RecordedAbout | null = null,
    recording: Promise<Recording> | null = null,
  ) {
    this.recorded = recorded;
    this.#to = new Transport(base, version, recording);
  }

  get patience(): Patience {
    return this.#to.patience;
  }

  get trainings(): Trainings {
    return this.#to.trainings;
  }

  knows(id: string, config: RunConfig): void {
    this.#to.knows(id, config);
  }

  catalog = (signal?: AbortSignal) => this.#to.json<Catalog>("/api/catalog", {}, signal);
  presets = (signal?: AbortSignal) => this.#to.json<Preset[]>("/api/presets", {}, signal);

  convert = (source: string, dialect: string, signal?: AbortSignal) =>
    this.#to.post<ConvertedCode>("/api/convert", { source, dialect }, signal);
  readTable = (text: string, query: Query, signal?: AbortSignal) =>
    this.#to.upload<OwnTable>(`/api/tables${queryString(query)}`, "text/csv", text, signal);
  /** The run of another start: this one's network with the numbers of a safetensors file. */
  async withWeights(id: string, weights: ArrayBuffer, signal?: AbortSignal): Promise<Run> {
    return this.#remember(await this.#to.upload<Run>(`/api/runs/${id}/weights`, TENSORS, weights, signal));
  }
  async drawTable(rule: { [name: string]: string | number }, signal?: AbortSignal): Promise<string> {
    return (await this.#to.post<{ text: string }>("/api/tables/drawn", rule, signal)).text;
  }
  thumbnail = (path: string, signal?: AbortSignal) => this.#to.json<Thumbnail>(path, {}, signal);
  lessons = (signal?: AbortSignal) => this.#to.json<LessonEntry[]>("/api/lessons", {}, signal);
  lesson = (name: string, signal?: AbortSignal) =>
    this.#to.json<Lesson>(`/api/lessons/${encodeURIComponent(name)}`, {}, signal);
  fillLesson = (text: string, signal?: AbortSignal) =>
    this.#to.post<Lesson>("/api/lessons", { text }, signal);

  skills = (signal?: AbortSignal) => this.#to.json<Skill[]>("/api/practice/skills", {}, signal);
  exercise = (id: string, asked: Asked, signal?: AbortSignal) =>
    this.#to.json<Exercise>(exerciseAt(id, asked), drawn(asked), signal);
  grade = (id: string, asked: Asked, answers: Record<string, string>, signal?: AbortSignal) =>
    this.#to.post<Graded>(`${exerciseAt(id, asked)}/grade${queryString(drawn(asked))}`, { answers }, signal);
  exerciseHint = (id: string, asked: Asked, number: number, signal?: AbortSignal) =>
    this.#to.json<ExerciseHint>(`${exerciseAt(id, asked)}/hints/${number}`, drawn(asked), signal);
  async solution(id: string, asked: Asked, signal?: AbortSignal): Promise<SolutionLine[]> {
    const path = `${exerciseAt(id, asked)}/solution`;
    return (await this.#to.json<{ lines: SolutionLine[] }>(path, drawn(asked), signal)).lines;
  }
  cards = (signal?: AbortSignal) => this.#to.json<CardEntry[]>("/api/practice/cards", {}, signal);
  card = (name: string, signal?: AbortSignal) =>
    this.#to.json<Card>(`/api/practice/cards/${encodeURIComponent(name)}`, {}, signal);
  gradeCard = (name: string, answer: string, signal?: AbortSignal) =>
    this.#to.post<CardGrade>(`/api/practice/cards/${encodeURIComponent(name)}/grade`, { answer }, signal);

  async expressionInputs(expression: string, signal?: AbortSignal): Promise<string[]> {
    const { inputs } = await this.#to.post<ExpressionInputs>(
      "/api/expressions/inputs",
      { expression },
      signal,
    );
    return inputs;
  }

  comparisons = (signal?: AbortSignal) => this.#to.json<ReadyComparison[]>("/api/comparisons", {}, signal);

  library = (
    query: { search?: string; tag?: string; sort?: string; limit?: number; after?: string },
    signal?: AbortSignal,
  ) => this.#to.json<SavedPage>("/api/library", query, signal);
  saveRun = (id: string, words: Partial<Written>, signal?: AbortSignal) =>
    this.#to.write<SavedRun>("PUT", `/api/library/${id}`, words, signal);
  forgetRun = (id: string, signal?: AbortSignal) =>
    this.#to.write<SavedRun>("DELETE", `/api/library/${id}`, undefined, signal);
  importLibrary = (file: unknown, signal?: AbortSignal) =>
    this.#to.post<{ ids: string[] }>("/api/library/import", file, signal);
  libraryUrl = (ids: readonly string[]) =>
    this.#to.url("/api/library/export", { ids: ids.join(",") || null });

  check = (config: RunConfig, signal?: AbortSignal) =>
    this.#to.post<ConfigCheck>("/api/runs/check", config, signal);

  /** Opens a loop that was watched elsewhere: the bytes of its file. */
  openRecording = (file: ArrayBuffer, signal?: AbortSignal) =>
    this.#to.upload<Run>("/api/recordings", TENSORS, file, signal);

  async createRun(config: RunConfig, signal?: AbortSignal): Promise<Run> {
    return this.#remember(await this.#to.post<Run>("/api/runs", config, signal));
  }

  async run(id: string, signal?: AbortSignal): Promise<Run> {
    return this.#remember(await this.#to.json<Run>(`/api/runs/${id}`, {}, signal));
  }

  async branch(id: string, edits: Edit[], signal?: AbortSignal): Promise<Run> {
    return this.#remember(await this.#to.post<Run>(`/api/runs/${id}/branches`, { edits }, signal));
  }

  program = (id: string, signal?: AbortSignal) =>
    this.#to.json<Program>(`/api/runs/${id}/program`, {}, signal);
  samples = (id: string, signal?: AbortSignal) =>
    this.#to.json<Samples>(`/api/runs/${id}/samples`, {}, signal);

  summary = (id: string, t: number, signal?: AbortSignal) =>
    this.#to.json<IterationSummary>(at(id, t), {}, signal);

  trace = (id: string, t: number, signal?: AbortSignal) => this.#to.tensors(`${at(id, t)}/trace`, {}, signal);

  step = (id: string, t: number, k: number, signal?: AbortSignal) =>
    this.#to.json<StepDetail>(`${at(id, t)}/steps/${k}`, {}, signal);

  derivation = (
    id: string,
    t: number,
    cell: Cell,
    more: { sample?: number; check?: boolean; limit?: number } = {},
    signal?: AbortSignal,
  ) =>
    this.#to.json<Derivation>(
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
    this.#to.json<Paths>(
      `${at(id, t)}/paths`,
      { parameter: cell.value, index: cell.index.join(","), sample },
      signal,
    );

  gradientCheck = (id: string, t: number, signal?: AbortSignal) =>
    this.#to.json<GradientCheck>(`${at(id, t)}/gradient-check`, {}, signal);

  variants = (id: string, t: number, signal?: AbortSignal) =>
    this.#to.json<Variants>(`${at(id, t)}/variants`, {}, signal);

  evaluation = (id: string, t: number, signal?: AbortSignal) =>
    this.#to.json<Evaluation>(`${at(id, t)}/evaluation`, {}, signal);

  flow = (id: string, t: number, sample?: number, signal?: AbortSignal) =>
    this.#to.json<GradientFlow>(`${at(id, t)}/flow`, { sample }, signal);

  effect = (id: string, t: number, signal?: AbortSignal) =>
    this.#to.json<UpdateEffect>(`${at(id, t)}/effect`, {}, signal);

  shares = (id: string, t: number, cell: Cell, signal?: AbortSignal) =>
    this.#to.json<SampleShares>(
      `${at(id, t)}/shares`,
      { value: cell.value, index: cell.index.join(",") },
      signal,
    );

  stage = (id: string, t: number, layer: string, sample: number, cell: Cell | null, signal?: AbortSignal) =>
    this.#to.json<Stage>(
      `${at(id, t)}/stage`,
      { layer, sample, value: cell?.value, index: cell?.index.join(",") },
      signal,
    );

  boundary = (id: string, t: number, resolution: number, signal?: AbortSignal) =>
    this.#to.json<Boundary>(`${at(id, t)}/boundary`, { resolution }, signal);

  updates = (id: string, t: number, query: UpdatesQuery, signal?: AbortSignal) =>
    this.#to.json<UpdateTable>(`${at(id, t)}/updates`, { ...query }, signal);

  plane = (id: string, query: PlaneQuery, signal?: AbortSignal) =>
    this.#to.json<Plane>(`/api/runs/${id}/plane`, { ...query }, signal);

  history = (id: string, from: number, to: number, signal?: AbortSignal) =>
    this.#to.json<History>(`/api/runs/${id}/history`, { from, to }, signal);

  find = (id: string, condition: string, from: number, to: number, signal?: AbortSignal) =>
    this.#to.json<Found>(`/api/runs/${id}/find`, { condition, from, to }, signal);

  conditions = (id: string, to: number, signal?: AbortSignal) =>
    this.#to.json<Offered>(`/api/runs/${id}/conditions`, { to }, signal);

  point = (id: string, whom: Query, from: number, to: number, signal?: AbortSignal) =>
    this.#to.json<PointCourse>(`/api/runs/${id}/point`, { from, to, ...whom }, signal);

  series = (
    id: string,
    expression: string,
    from: number,
    to: number,
    signal?: AbortSignal,
    smooth?: number,
  ) => this.#to.json<Past>(`/api/runs/${id}/series`, { expression, from, to, smooth }, signal);

  layers = (id: string, to: number, every: number, signal?: AbortSignal) =>
    this.#to.json<LayersCourse>(`/api/runs/${id}/layers`, { to, every }, signal);

  distribution = (
    id: string,
    query: { value: string; to: number; every: number; scale: "linear" | "log" },
    signal?: AbortSignal,
  ) => this.#to.json<Distribution>(`/api/runs/${id}/distribution`, query, signal);

  compare = (id: string, other: string, to: number, signal?: AbortSignal) =>
    this.#to.json<Compared>(`/api/runs/${id}/compare`, { with: other, to }, signal);

  differences = (id: string, t: number, other: string, signal?: AbortSignal) =>
    this.#to.json<Differences>(`${at(id, t)}/differences`, { with: other }, signal);
  difference = (id: string, t: number, other: string, value: string, signal?: AbortSignal) =>
    this.#to.json<ValueDifference>(`${at(id, t)}/difference`, { with: other, value }, signal);

  frames = (
    id: string,
    query: { from: number; to: number; stride?: number; sample?: number; resolution?: number },
    signal?: AbortSignal,
  ) => this.#to.tensors(`/api/runs/${id}/frames`, query, signal);

  landscape = (id: string, t: number, query: LandscapeQuery, signal?: AbortSignal) =>
    this.#to.json<Landscape>(`${at(id, t)}/landscape`, { ...query }, signal);

  landscapeSpot = (id: string, t: number, query: GroundQuery, a: number, b: number) =>
    this.#to.json<LandscapeSpot>(`${at(id, t)}/landscape/spot`, { ...query, a, b });

  /** How much one request may ask for, by the name of the limit. */
  limits = (signal?: AbortSignal) => this.#to.json<{ [name: string]: number }>("/api/limits", {}, signal);

  rangeTest = (id: string, seeds: number, told: (so: Piece) => void, signal: AbortSignal) =>
    this.#to.events<Piece, RangeTest>(`/api/runs/${id}/range-test?seeds=${seeds}`, told, signal);

  /** Trains a run up to an iteration, told how far it is while that lasts. */
  reach = async (id: string, t: number, told: (so: Reached) => void, signal: AbortSignal): Promise<void> => {
    await this.#to.events(`/api/runs/${id}/iterations/${t}/reached`, told, signal);
  };

  createSearch = (search: SearchRequest, signal?: AbortSignal) =>
    this.#to.post<SearchInfo>("/api/searches", search, signal);

  search = (id: string, signal?: AbortSignal) =>
    this.#to.json<SearchInfo>(`/api/searches/${id}/config`, {}, signal);

  cancelSearch = (id: string) => this.#to.post<SearchStatus>(`/api/searches/${id}/cancel`, {});

  trials = (id: string, query: { after?: number; limit?: number; config?: boolean }, signal?: AbortSignal) =>
    this.#to.json<TrialEntries>(`/api/searches/${id}/trials`, query, signal);

  /** What a search says as a whole. */
  finding = <K extends keyof Findings>(id: string, what: K, query: Query = {}) =>
    this.#to.json<Findings[K]>(`/api/searches/${id}/${what}`, query);

  /** Tells of a search while it runs, beginning with all that is known; ends it when the function is called. */
  watchSearch = (id: string, told: SearchListener): (() => void) =>
    watched(this.#to.url(`/api/searches/${id}`), told);

  /** A stretch of the run as a file that plays by itself. */
  recordingUrl = (id: string, from: number, to: number, t: number) =>
    this.#to.unchanging(`/api/runs/${id}/export/html`, { from, to, iteration: t });

  exportUrl = (id: string, format: string, t: number, more: Query = {}) =>
    this.#to.unchanging(`/api/runs/${id}/export/${format}`, { iteration: t, ...more });

  /** A recording is no configuration: posting that would make another run. */
  #remember(run: Run): Run {
    if (!run.recording) this.knows(run.id, run.config);
    return run;
  }
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
