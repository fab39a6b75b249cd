import type { LayerConfig, LayerPicture, ProgramStep, Run, RunLayer } from "../../api/types";
import { imageSide } from "../../common/sampleText";
import { ownValue } from "../../common/valueNames";

export interface NetParameter {
  name: string;
  /** What its layer calls it. */
  key: string;
  shape: readonly number[];
}

/** What is drawn as one column: the inputs, the features made of them, a layer, or the loss. */
export interface NetNode {
  name: string;
  /** The layer's type, or "input", "features", "loss". */
  type: string;
  picture: LayerPicture;
  title: string;
  subtitle: string;
  /** Whose parameters it takes, if they are another layer's. */
  note: string;
  value: string;
  z: string | null;
  /** Of the value, for one sample. */
  shape: readonly number[];
  /** The values that it takes. */
  inputs: readonly string[];
  /** The longest way from the inputs. */
  depth: number;
  layer: RunLayer | null;
  parameters: readonly NetParameter[];
  /** Height and width, where a row of numbers is an image laid out. */
  image: readonly [number, number] | null;
  /** How a window slides over images, where one does. */
  sliding: Sliding | null;
  /** Of features: which inputs each is made of. */
  made: readonly (readonly number[])[] | null;
  /** What tokens are called, where the inputs are tokens with names. */
  tokens: readonly string[] | null;
  /** Of a recurrent layer: the state after each moment. */
  moments: readonly string[];
  /** Of attention: how much each position looks at each other. */
  looks: Looks | null;
  /** What else it computes that is worth seeing: statistics, a mask, the weights of attention. */
  inner: readonly Inner[];
}

export interface Looks {
  value: string;
  heads: number;
  /** Positions that look, and those that they see. */
  rows: number;
  columns: number;
  /** Whether the value has an axis for heads. */
  several: boolean;
}

export interface Inner {
  key: string;
  value: string;
  /** Of the whole value, the batch included. */
  shape: readonly number[];
}

type Pair = readonly [number, number];

/** Height first. */
export interface Sliding {
  kernel: Pair;
  stride: Pair;
  padding: Pair;
  dilation: Pair;
}

const words = (name: string) => name.replaceAll("_", " ");

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** The network as a graph; the program says which parameters a layer takes, its own or another's. */
export function networkNodes(run: Run, steps: readonly ProgramStep[]): NetNode[] {
  const nodes = [inputNode(run, steps), ...featureNode(run, steps)];
  for (const layer of run.layers) nodes.push(layerNode(run, steps, layer, nodes));
  return [...nodes, lossNode(run, nodes)];
}

/** What has no layer is drawn by its shape alone. */
export const BARE: LayerPicture = {
  unitwise: false,
  gate: false,
  stacks: false,
  undiminished: false,
  sign: "",
  table: "",
  norm: "",
  pools: false,
  moments: [],
};

const plain = {
  picture: BARE,
  note: "",
  subtitle: "",
  z: null,
  layer: null,
  parameters: [],
  image: null,
  sliding: null,
  made: null,
  tokens: null,
  moments: [],
  looks: null,
  inner: [],
};

function inputNode(run: Run, steps: readonly ProgramStep[]): NetNode {
  const tokens = run.layers[0]?.picture.table === "tokens";
  const given = sampleShape(steps, "x") ?? [run.features.length];
  const shape = tokens && given.length === 1 ? [...given, 1] : given;
  const side = tokens ? 0 : imageSide(run.features);
  const image = side && shape.length === 1 ? ([side, side] as const) : null;
  const named = { name: "input", type: tokens ? "tokens" : "input", title: "input", value: "x" };
  return {
    ...plain,
    ...named,
    shape,
    inputs: [],
    depth: 0,
    image,
    tokens: tokens ? (run.tokens ?? null) : null,
  };
}

function featureNode(run: Run, steps: readonly ProgramStep[]): NetNode[] {
  const shape = sampleShape(steps, "features.a");
  if (!shape || !run.layers.some(({ inputs }) => inputs.includes("features.a"))) return [];
  const named = { name: "features", type: "features", title: "features", value: "features.a" };
  return [{ ...plain, ...named, shape, inputs: ["x"], depth: 1, made: madeOf(run) }];
}

/** Features name the inputs that they are made of: x1, x2. */
function madeOf({ config }: Run): number[][] {
  const terms = Array.isArray(config.features) ? config.features.map(String) : [];
  return terms.map((term) => [...term.matchAll(/\bx(\d+)\b/g)].map((found) => Number(found[1]) - 1));
}

/** The shape of one sample of a value, as far as a step says. */
const sampleShape = (steps: readonly ProgramStep[], value: string) =>
  steps.find((step) => step.output === value)?.shape.slice(1) ?? null;

function layerNode(
  run: Run,
  steps: readonly ProgramStep[],
  layer: RunLayer,
  before: readonly NetNode[],
): NetNode {
  const sources = before.filter(({ value }) => layer.inputs.includes(value));
  const inner = innerOf(steps, layer);
  const moments = momentsOf(steps, layer);
  return {
    name: layer.name,
    type: layer.type,
    picture: layer.picture,
    title: layer.title,
    subtitle: layer.activation === "identity" ? "" : layer.activation_title,
    note: shareNote(run, layer),
    value: layer.a,
    z: layer.z,
    shape: moments.length ? [moments.length, layer.units] : layer.shape,
    inputs: layer.inputs,
    depth: 1 + Math.max(0, ...sources.map(({ depth }) => depth)),
    layer,
    parameters: parametersOf(run, steps, layer),
    image: flattened(layer, sources),
    made: null,
    sliding: slidingOf(settingsOf(run, layer), layer.picture),
    tokens: null,
    moments,
    looks: looksOf(inner),
    inner,
  };
}

/** The states h1, h2, ... of a layer that goes through a sequence moment by moment. */
function momentsOf(steps: readonly ProgramStep[], layer: RunLayer): string[] {
  if (!layer.picture.moments.length) return [];
  const written = new Set(forwardSteps(steps, layer).map(({ output }) => output));
  const states: string[] = [];
  for (let t = 1; written.has(ownValue(layer.name, "h", t)); t++) states.push(ownValue(layer.name, "h", t));
  return states;
}

function looksOf(inner: readonly Inner[]): Looks | null {
  const found = inner.find(({ key, shape }) => key === "weights" && shape.length > 2);
  if (!found) return null;
  const { value, shape } = found;
  const several = shape.length === 4;
  return { value, heads: several ? shape[1]! : 1, rows: shape.at(-2)!, columns: shape.at(-1)!, several };
}

const forwardSteps = (steps: readonly ProgramStep[], { name }: RunLayer) =>
  steps.filter((step) => step.phase === "forward" && step.layer === name);

/** What a layer may compute on its way that is worth seeing: a mask, statistics, how much positions look at others. */
const INNER = ["mask", "mean", "variance", "mean_square", "normalized", "weights"] as const;

function innerOf(steps: readonly ProgramStep[], layer: RunLayer): Inner[] {
  const keys = new Map(INNER.map((key) => [ownValue(layer.name, key), key]));
  return forwardSteps(steps, layer).flatMap(({ output, shape }) => {
    const key = keys.get(output);
    return key ? [{ key, value: output, shape }] : [];
  });
}

const settingsOf = (run: Run, { name }: RunLayer): LayerConfig | undefined =>
  run.config?.layers[run.layers.findIndex((layer) => layer.name === name)];

/** A setting of images: one number for both sides, or one for each. */
function pairOf(setting: unknown, otherwise: Pair): Pair {
  if (typeof setting === "number") return [setting, setting];
  return Array.isArray(setting) && setting.length === 2
    ? [Number(setting[0]), Number(setting[1])]
    : otherwise;
}

function slidingOf(settings: LayerConfig | undefined, { pools }: LayerPicture): Sliding | null {
  const kernel = settings?.kernel_size ?? settings?.kernel;
  if (!settings || kernel === undefined) return null;
  const size = pairOf(kernel, [1, 1]);
  const whole = pools ? size : ([1, 1] as const);
  const of = (name: string, otherwise: Pair) => pairOf(settings[name], otherwise);
  return {
    kernel: size,
    stride: of("stride", whole),
    padding: of("padding", [0, 0]),
    dilation: of("dilation", [1, 1]),
  };
}

function shareNote(run: Run, layer: RunLayer): string {
  const owner = settingsOf(run, layer)?.share;
  const known = run.layers.find(({ name }) => name === owner);
  return known ? `shares ${known.title}` : "";
}

/** The bias of each of so many entries, if there is one. */
export const biasName = ({ parameters }: NetNode, entries: number): string =>
  parameters.find(({ key, shape }) => key === "bias" && shape.length === 1 && shape[0] === entries)?.name ??
  "";

/** Those that its forward steps take: a layer that shares takes those of another. */
function parametersOf(run: Run, steps: readonly ProgramStep[], layer: RunLayer): NetParameter[] {
  const taken = new Set(forwardSteps(steps, layer).flatMap(({ inputs }) => inputs));
  return run.parameters.filter(({ name }) => layer.parameters.includes(name) || taken.has(name));
}

/** An image of one channel laid out in a row is still one: its weights can be shown as images. */
function flattened(
  { picture, shape }: RunLayer,
  [source]: readonly NetNode[],
): readonly [number, number] | null {
  const [channels, rows = 0, columns = 0] = source?.shape ?? [];
  const laidOut = picture.unitwise && shape.length === 1 && source?.shape.length === 3;
  return laidOut && channels === 1 ? [rows, columns] : null;
}

function lossNode(run: Run, nodes: readonly NetNode[]): NetNode {
  const last = nodes.at(-1)!;
  const named = { name: "loss", type: "loss", title: "loss", value: "loss" };
  return {
    ...plain,
    ...named,
    subtitle: words(run.loss.name),
    shape: [],
    inputs: [last.value],
    depth: 1 + Math.max(...nodes.map(({ depth }) => depth)),
  };
}
