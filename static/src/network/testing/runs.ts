import type { LayerPicture, ProgramStep, Run } from "../../api/types";
import { BARE } from "../layout/modelGraph";

/** Runs for tests: only what the picture reads of them. */
export interface LayerGiven {
  type: string;
  shape: readonly number[];
  /** Names of layers, or x. */
  inputs?: readonly string[];
  activation?: string;
  parameters?: { [name: string]: readonly number[] };
  share?: string;
  /** Of a type that these tests do not know. */
  picture?: Partial<LayerPicture>;
  [setting: string]: unknown;
}

export interface RunGiven {
  features: readonly string[];
  classes?: readonly string[];
  layers: readonly LayerGiven[];
  batch?: number;
}

/** How the layers of these tests are drawn, as the server says it. */
const PICTURES: { [type: string]: Partial<LayerPicture> } = {
  activation: { unitwise: true, gate: true },
  dropout: { unitwise: true, gate: true },
  flatten: { unitwise: true },
  reshape: { unitwise: true },
  batch_norm: { unitwise: true, norm: "batch" },
  layer_norm: { unitwise: true, norm: "sample" },
  add: { unitwise: true, sign: "+", undiminished: true },
  multiply: { unitwise: true, sign: "×" },
  concat: { unitwise: true, stacks: true, undiminished: true },
  max_pool2d: { pools: true },
  avg_pool2d: { pools: true },
  embedding: { table: "tokens" },
  positional_encoding: { table: "positions" },
  rnn: { moments: ["z"] },
  lstm: { moments: ["i", "f", "g", "o", "c"] },
  gru: { moments: ["r", "z", "n"] },
};

const pictureOf = ({ type, picture }: LayerGiven): LayerPicture => ({
  ...BARE,
  ...(picture ?? PICTURES[type]),
});

/** A network of dense layers with tanh. */
export const denseRun = (features: readonly string[], ...units: number[]): Run =>
  runOf({ features, layers: denseLayers(features.length, units) });

export const denseLayers = (inputs: number, units: readonly number[]): LayerGiven[] =>
  units.map((count, at) => ({
    type: "dense",
    shape: [count],
    activation: "tanh",
    parameters: { weight: [count, units[at - 1] ?? inputs], bias: [count] },
  }));

export function runOf({ features, classes = [], layers }: RunGiven): Run {
  const named = namesOf(layers);
  const outputs = (name: string) => (name === "x" ? "x" : `${name}.a`);
  const infos = layers.map((layer, at) => {
    const name = named[at]!;
    const inputs = (layer.inputs ?? [named[at - 1] ?? "x"]).map(outputs);
    const parameters = Object.keys(layer.parameters ?? {}).map((key) => `${name}.${key}`);
    const { type, shape, activation = "identity" } = layer;
    const units = shape.length === 3 ? shape[0] : shape.at(-1);
    const title = name.replaceAll("_", " ").replace(/(\d+)$/, " $1");
    const z = type === "dense" || type === "conv2d" ? `${name}.z` : null;
    return {
      name,
      type,
      title,
      shape,
      units,
      activation,
      activation_title: activation,
      input: inputs[0],
      inputs,
      z,
      a: `${name}.a`,
      parameters,
      picture: pictureOf(layer),
    };
  });
  const shapes = layers.flatMap(({ parameters = {} }, at) =>
    Object.entries(parameters).map(([key, shape]) => ({
      name: `${named[at]}.${key}`,
      layer: named[at],
      key,
      shape,
    })),
  );
  return {
    features,
    classes,
    task: classes.length ? "classification" : "regression",
    loss: { name: "mse" },
    config: { layers },
    layers: infos,
    parameters: shapes,
  } as unknown as Run;
}

function namesOf(layers: readonly LayerGiven[]): string[] {
  const seen: { [type: string]: number } = {};
  return layers.map(({ type }) => {
    seen[type] = (seen[type] ?? 0) + 1;
    return `${type}${seen[type]}`;
  });
}

type StepGiven = [
  phase: string,
  layer: string,
  output: string,
  inputs?: string[],
  shape?: number[],
  op?: string,
];

export const stepsOf = (given: readonly StepGiven[]): ProgramStep[] =>
  given.map(([phase, layer, output, inputs = [], shape = [], op = ""], index) => ({
    index,
    phase,
    layer,
    output,
    inputs,
    shape,
    op,
  })) as unknown as ProgramStep[];
