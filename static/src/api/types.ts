/**
 * The wire after decoding: numbers are numbers, also the non-finite ones, and values are typed arrays. The shapes come
 * from the server's own OpenAPI (`openapi.d.ts`); only what a form may hold while it is typed in is declared here.
 */
import type { components } from "./openapi";

type Schemas = components["schemas"];
type NonfiniteText = "Infinity" | "-Infinity" | "NaN";

/** A tensor, flat and row-major. */
export interface Value {
  shape: number[];
  data: Float64Array | Float32Array;
}
export type Values = Map<string, Value>;

type Decoded<T> = T extends NonfiniteText
  ? number
  : T extends readonly (infer Item)[]
    ? Decoded<Item>[]
    : T extends { shape: number[]; data: unknown[] }
      ? Omit<T, "data"> & Value
      : T extends object
        ? { [Key in keyof T]: Decoded<T[Key]> }
        : T;

export type Scalar = number | string | boolean | null;
export type Json = Scalar | Json[] | { [key: string]: Json };

/** A name, or the name with its settings. */
export type Named = string | ({ type: string } & { [key: string]: Json });
export type LayerConfig = { type: string } & { [key: string]: Json };
export type Edit =
  | { iteration: number; set: { [path: string]: Json } }
  | { iteration: number; parameter: string; index: number[]; value: number };

/** Looser than the server's RunConfig: a draft holds what was typed, also what the server is going to refuse. */
export interface RunConfig {
  seed: Json;
  dtype: Json;
  /** Neither for an expression, which has none of all that belongs to layers. */
  data?: { [key: string]: Json };
  batch_size: Json;
  shuffle: Json;
  layers: LayerConfig[];
  loss: Named;
  optimizer: { type: string } & { [key: string]: Json };
  edits: Edit[];
  [key: string]: Json | Edit[] | LayerConfig[] | Named | undefined;
}
type WithConfig<T> = Omit<Decoded<T>, "config"> & { config: RunConfig };

export type Parameter = Decoded<Schemas["Parameter"]>;
export type ParameterKind = Parameter["kind"];
export type CatalogEntry = Decoded<Schemas["Entry"]>;
export type DatasetEntry = Decoded<Schemas["DatasetEntry"]>;
export type ActivationEntry = Decoded<Schemas["ActivationEntry"]>;
export type LayerEntry = Decoded<Schemas["LayerEntry"]>;
export type OptimizerEntry = Decoded<Schemas["OptimizerEntry"]>;
export type Catalog = Decoded<Schemas["Catalog"]>;
export type Preset = WithConfig<Schemas["Preset"]>;
/** What pasted code becomes: a configuration, and a note on every line. */
export type ConvertedCode = Omit<Decoded<Schemas["ConvertedCode"]>, "config"> & { config: RunConfig | null };
export type CodeNote = ConvertedCode["notes"][number];
/** A table that was read: what each column is, what was left out and why, and a first run on it. */
export type OwnTable = Omit<Decoded<Schemas["TableAnswer"]>, "config"> & { config: RunConfig | null };
export type OwnColumn = OwnTable["columns"][number];
export type PointCourse = Decoded<Schemas["PointCourse"]>;
export type Thumbnail = Decoded<Schemas["Thumbnail"]>;

export type ExpressionInputs = Decoded<Schemas["ExpressionInputs"]>;
export type Run = WithConfig<Schemas["RunInfo"]>;
export type RunLayer = Decoded<Schemas["LayerInfo"]>;
export type LayerPicture = Decoded<Schemas["Picture"]>;
export type Task = Run["task"];
export type Samples = Decoded<Schemas["SampleRows"]>;

export type Program = Decoded<Schemas["Program"]>;
export type ValueName = Decoded<Schemas["ValueName"]>;
export type ProgramStep = Decoded<Schemas["Step"]>;
/** A run of consecutive steps that the transport shows as one coloured block. */
export type Block = Decoded<Schemas["Block"]>;
export type Phase = Block["phase"];

export type IterationSummary = Decoded<Schemas["IterationInfo"]>;
export type Nonfinite = Decoded<Schemas["Nonfinite"]>;
export type Finding = Decoded<Schemas["Finding"]>;
/** What helps against a finding: edits for a branch, or the config of a new run. */
export type Cure = Decoded<Schemas["Cure"]>;
export type Measured = Decoded<Schemas["Measured"]>;
export type NotMeasured = Decoded<Schemas["NotMeasured"]>;
export type StepDetail = Decoded<Schemas["StepDetail"]>;

/** One element of a value; an empty index means the whole value. */
export type Cell = Decoded<Schemas["Cell"]>;
export type Factor = Decoded<Schemas["Factor"]>;
export type Link = Decoded<Schemas["Link"]>;
export type Term = Decoded<Schemas["Term"]>;
export type Derivation = Decoded<Schemas["Derivation"]>;
export type Path = Decoded<Schemas["Path"]>;
export type SampleShares = Decoded<Schemas["SampleShares"]>;
export type Paths = Decoded<Schemas["Paths"]>;
export type GradientCheck = Decoded<Schemas["GradientCheck"]>;
export type Variants = Decoded<Schemas["Variants"]>;

/** One layer from near, in one sample. */
export type Stage = Decoded<Schemas["Stage"]>;
/** Numbers of its picture, and what they are cells of. */
export type StagePart = Decoded<Schemas["StagePart"]>;
export type StageSum = Decoded<Schemas["StageSum"]>;

export type Boundary = Decoded<Schemas["Boundary"]>;
export type Score = Decoded<Schemas["Score"]>;
/** The loss of an expression over its two trained inputs. */
export type Plane = Decoded<Schemas["Plane"]>;
/** Some rows of the table of all updates. */
export type UpdateTable = Decoded<Schemas["UpdateTable"]>;
export type UpdateRow = UpdateTable["rows"][number];
/** In which order, which parameters, which rows; and the cell whose row is wanted too. */
export interface UpdatesQuery {
  sort?: string;
  descending?: boolean;
  part?: string;
  offset?: number;
  limit?: number;
  parameter?: string;
  index?: string;
}
/** How much of the path is asked for, and what the axes have to hold besides it. */
export type PlaneQuery = { to: number; x_from?: number; x_to?: number; y_from?: number; y_to?: number };
export type Evaluation = Decoded<Schemas["Evaluation"]>;
export type GradientFlow = Decoded<Schemas["GradientFlow"]>;
/** What an update did to the loss of its own batch. */
export type UpdateEffect = Decoded<Schemas["UpdateEffect"]>;
/** The figures of every layer over the past, and how a value's cells were spread. */
export type LayersCourse = Decoded<Schemas["LayersCourse"]>;
export type Distribution = Decoded<Schemas["Distribution"]>;
export type Point = Decoded<Schemas["Point"]>;
export type History = Decoded<Schemas["History"]>;

/** An iteration in which a condition begins to hold. */
export type Hit = Decoded<Schemas["Hit"]>;
export type Found = Decoded<Schemas["Found"]>;
export type Offered = Decoded<Schemas["Offered"]>;
/** A measure in the iterations in which it has a number. */
export type Past = Decoded<Schemas["Past"]>;
export type NamedCondition = Decoded<Schemas["NamedCondition"]>;
export type Compared = Decoded<Schemas["Compared"]>;
export type Differences = Decoded<Schemas["Differences"]>;
export type ValueDifference = Decoded<Schemas["ValueDifference"]>;

/** Runs worth seeing side by side, and one sentence on what to look at. */
export type Reached = Schemas["Reached"];
export type ReadyComparison = Omit<Decoded<Schemas["ReadyComparison"]>, "runs"> & {
  runs: { name: string; config: RunConfig }[];
};

/** A run that a person keeps, and what is written about it. */
export type SavedRun = WithConfig<Schemas["SavedRun"]>;
export type SavedPage = Omit<Decoded<Schemas["SavedPage"]>, "entries"> & { entries: SavedRun[] };
export type Written = Pick<SavedRun, "name" | "note" | "tags" | "colour" | "iteration" | "bookmarks">;

export type ConfigCheck = Decoded<Schemas["ConfigCheck"]>;
/** A layer as far as the server can say it, of a configuration that need not be right. */
export type LayerSketch = Decoded<Schemas["LayerSketch"]>;
/** A configuration that runs on data which the one at hand does not fit. */
export type Fit = WithConfig<Schemas["Fit"]>;
export type RangeTest = Decoded<Schemas["RangeTest"]>;
export type Landscape = Decoded<Schemas["Landscape"]>;
export type LandscapePath = Landscape["paths"][number];
export type LandscapePoint = LandscapePath["points"][number];
export type LandscapeSpot = Decoded<Schemas["LandscapeSpot"]>;
/** Which plane, and of which losses. */
export interface GroundQuery {
  directions: string;
  with: string;
  normalise: "none" | "row";
  data: "train" | "batch";
}
/** Which part of it, at how many points. */
export interface LandscapeQuery extends GroundQuery {
  resolution: number;
  aspect: number;
  span?: number;
  a?: number;
  b?: number;
}
export type SearchInfo = Decoded<Schemas["SearchInfo"]>;
export type SearchStatus = Decoded<Schemas["SearchStatus"]>;
export type TrialEntry = Decoded<Schemas["TrialEntry"]>;
export type TrialEntries = Decoded<Schemas["Entries"]>;
export type SearchImportance = Decoded<Schemas["SearchImportance"]>;
export type SearchBand = Decoded<Schemas["SearchBand"]>;
export type SearchCurves = Decoded<Schemas["SearchCurves"]>;
export type SearchCell = Decoded<Schemas["SearchCell"]>;
/** What a search says as a whole, by the last word of its address. */
export interface Findings {
  best: SearchBest;
  importance: SearchImportance;
  curves: SearchCurves;
  cells: SearchCells;
}
export type SearchBest = Decoded<Schemas["SearchBest"]>;
export type SearchCells = Decoded<Schemas["SearchCells"]>;
export type SearchAxis =
  | { path: string; values: Json[] }
  | { path: string; low: number; high: number; scale?: "linear" | "log" };
/** What is asked for; the server fills in what is left out. */
export interface SearchRequest {
  base: RunConfig;
  axes: SearchAxis[];
  method: "grid" | "random" | "halving";
  trials?: number;
  seeds: number | number[];
  iterations?: number;
  rungs?: number[];
  keep?: number;
  objective: string;
}
export type FieldError = Decoded<Schemas["FieldError"]>;
export type Problem = Decoded<Schemas["ProblemDocument"]>;

export type Skill = WithConfig<Omit<Schemas["SkillInfo"], "friendly">> & {
  friendly: WithConfig<Schemas["FriendlyRun"]>[];
};
export type ExerciseKind = Skill["kinds"][number];
export type Exercise = Decoded<Schemas["ExerciseAnswer"]>;
export type Blank = Decoded<Schemas["Blank"]>;
export type GivenNumber = Decoded<Schemas["GivenNumber"]>;
export type FieldVerdict = Decoded<Schemas["FieldVerdict"]>;
export type Graded = Decoded<Schemas["Graded"]>;
export type ExerciseHint = Decoded<Schemas["ExerciseHint"]>;
export type SolutionLine = Decoded<Schemas["SolutionLine"]>;

export type LessonEntry = Decoded<Schemas["LessonEntry"]>;
type LessonPlace = WithConfig<Omit<Schemas["LessonPlace"], "beside">> & {
  beside: WithConfig<Schemas["CourseBeside"]>[];
};
export type LessonStep = Omit<Decoded<Schemas["FilledStep"]>, "place"> & { place: LessonPlace };
export type Lesson = Omit<Decoded<Schemas["FilledLesson"]>, "steps"> & { steps: LessonStep[] };
export type LessonGuess = Decoded<Schemas["Guess"]>;

export type CardEntry = Decoded<Schemas["CardEntry"]>;
type CardPlace = Pick<LessonStep, "place">;
export type Card = Omit<Decoded<Schemas["FilledCard"]>, "place"> & CardPlace;
export type CardGrade = Decoded<Schemas["CardGrade"]>;
