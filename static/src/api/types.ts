/** The wire, as api.md fixes it, after decoding: numbers are numbers, also the non-finite ones. */

export type Scalar = number | string | boolean | null;
export type Json = Scalar | Json[] | { [key: string]: Json };

/** A tensor, flat and row-major. */
export interface Value {
  shape: number[];
  data: Float64Array | Float32Array;
}
export type Values = Map<string, Value>;

export interface Cell {
  value: string;
  /** Full index into the value; empty means the whole value. */
  index: number[];
}

export type ParameterKind =
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  | "pair"
  | "matrix"
  | "vector"
  | "names";

/** Declares one setting: enough to build its field. */
export interface Parameter {
  name: string;
  title: string;
  kind: ParameterKind;
  default: Json;
  minimum: number | null;
  maximum: number | null;
  exclusive_minimum: boolean;
  exclusive_maximum: boolean;
  choices: Scalar[] | null;
  nullable: boolean;
  symbol: string;
  description: string;
}

export interface CatalogEntry {
  name: string;
  title: string;
  description: string;
  parameters: Parameter[];
  formula: string;
  source: string;
}
export interface DatasetEntry extends CatalogEntry {
  task: Task;
  features: string[];
  classes: string[];
  samples_maximum: number | null;
  inputs: number;
}
export interface ActivationEntry extends CatalogEntry {
  derivative: string;
  minimum: number;
  maximum: number;
}
export interface OptimizerEntry extends CatalogEntry {
  equations: string[];
}
export interface Catalog {
  datasets: DatasetEntry[];
  layers: CatalogEntry[];
  activations: ActivationEntry[];
  losses: CatalogEntry[];
  optimizers: OptimizerEntry[];
  initializers: CatalogEntry[];
  schedules: CatalogEntry[];
  run: { parameters: Parameter[] };
}

/** A name, or the name with its settings. */
export type Named = string | ({ type: string } & { [key: string]: Json });
export type LayerConfig = { type: string } & { [key: string]: Json };
export type Edit =
  | { iteration: number; set: { [path: string]: Json } }
  | { iteration: number; parameter: string; index: number[]; value: number };

export interface RunConfig {
  seed: Json;
  dtype: Json;
  data: { [key: string]: Json };
  batch_size: Json;
  shuffle: Json;
  layers: LayerConfig[];
  loss: Named;
  optimizer: { type: string } & { [key: string]: Json };
  edits: Edit[];
  [key: string]: Json | Edit[] | LayerConfig[] | Named | undefined;
}

export interface Preset {
  name: string;
  title: string;
  summary: string;
  config: RunConfig;
}

export type Task = "classification" | "regression";
export type Phase = "batch" | "forward" | "loss" | "backward" | "update";

export interface RunLayer {
  name: string;
  type: string;
  title: string;
  units: number;
  fan_in: number;
  activation: string;
  input: string;
  z: string;
  a: string;
  parameters: string[];
}

export interface Run {
  id: string;
  config: RunConfig;
  title: string;
  layers: RunLayer[];
  parameters: { name: string; shape: number[]; trainable: boolean }[];
  parameter_count: number;
  samples: { train: number; test: number };
  iterations_per_epoch: number;
  task: Task;
  features: string[];
  classes: string[];
  output_kind: "plane" | "curve" | "classes" | "none";
  parent: string | null;
  loss: { name: string; title: string; formula: string };
}

export interface ProgramStep {
  index: number;
  phase: Phase;
  layer: string;
  op: string;
  inputs: string[];
  output: string;
  argument: string | null;
  shape: number[];
  formula: string;
  code: string;
  description: string;
}
/** A run of consecutive steps that the transport shows as one coloured block. */
export interface Block {
  index: number;
  phase: Phase;
  layer: string;
  label: string;
  first: number;
  last: number;
}
export interface Program {
  steps: ProgramStep[];
  symbols: { [value: string]: { latex: string; code: string } };
  blocks: Block[];
}

export interface Nonfinite {
  iteration?: number;
  step: number;
  value: string;
  phase: Phase;
  layer: string;
  kind: "inf" | "nan";
  explanation: string;
}
export interface Finding {
  severity: "good" | "warning" | "bad";
  title: string;
  text: string;
}
export interface IterationSummary {
  iteration: number;
  epoch: number;
  batch: { indices: number[]; size: number };
  loss: number;
  gradient_norms: { [parameter: string]: number };
  update_ratios: { [parameter: string]: number };
  layers: {
    [layer: string]: { gradient_norm: number; update_ratio: number; dead: number; saturated: number };
  };
  first_nonfinite: Nonfinite | null;
  diagnosis: Finding[];
}

export interface StepDetail {
  index: number;
  phase: Phase;
  layer: string;
  op: string;
  argument: string | null;
  formula: string;
  numbers: string;
  code: string;
  inputs: ({ name: string } & Value)[];
  output: { name: string } & Value;
  description: string;
}

export interface Factor {
  value: string | null;
  index: number[];
  number: number;
  symbol: string;
  cell: number | null;
}
export interface Term {
  factors: Factor[];
  product: number;
  /** On a last, summed-up term only: how many terms it stands for. */
  rest?: number;
}
export interface Derivation {
  value: string;
  index: number[];
  result: number;
  terms: Term[];
  terms_total: number;
  formula: string;
  numbers: string;
  explanation: string;
  step: number | null;
  used_by: Cell[];
  chain?: { sample: number; latex: string; numbers: string; factors: Factor[]; product: number };
  check?: { central_difference: number; difference: number; agrees: boolean; kink: boolean };
}

export interface Path {
  factors: Factor[];
  cells: Cell[];
  product: number;
}
export interface Paths {
  parameter: string;
  index: number[];
  sample: number;
  paths: Path[];
  rest: { count: number; product: number };
  sum: number;
}

export interface GradientCheck {
  parameters: {
    name: string;
    largest_absolute: number;
    largest_relative: number;
    cells: number;
    checked: number;
    kinks: number[][];
    agrees: boolean;
  }[];
  agrees: boolean;
  step_size: number;
}

export interface Boundary {
  resolution: number;
  x: number[];
  y: number[] | null;
  outputs: Value;
}
export interface Maps {
  resolution: number;
  x: number[];
  y: number[] | null;
  maps: { [value: string]: Value };
}
export interface Samples {
  inputs: Value;
  targets: Value;
  labels: number[] | null;
  split: ("train" | "test")[];
}

export interface Score {
  loss: number;
  accuracy: number | null;
  confusion: number[][] | null;
  r2: number | null;
}
export interface Evaluation {
  train: Score;
  test: Score | null;
  batch: { labels: number[] | null; predicted: number[] | null; probabilities: Value | null };
}

export interface Point {
  iteration: number;
  value: number;
}
export interface History {
  from: number;
  to: number;
  loss: number[];
  train_loss: Point[];
  test_loss: Point[];
  accuracy: Point[];
  first_nonfinite: Nonfinite | null;
}

export interface FieldError {
  path: string;
  message: string;
}
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: FieldError[];
}
