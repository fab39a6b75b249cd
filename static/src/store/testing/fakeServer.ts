import type { ApiError } from "../../api/client";
import type { Phase, RunConfig, Values } from "../../api/types";

const PER_EPOCH = 4;
export const CONFIG = {
  data: { name: "circle" },
  layers: [{ type: "dense", units: 2 }],
  optimizer: { type: "sgd", learning_rate: 0.1 },
  edits: [],
} as unknown as RunConfig;
const FAMILIES = ["datasets", "layers", "activations", "losses", "optimizers", "initializers", "schedules"];
const CATALOG = {
  ...Object.fromEntries(FAMILIES.map((name) => [name, []])),
  run: { parameters: [] },
  settable: ["optimizer", "schedule", "regularization", "clip"],
};
const OUTPUTS: [Phase, string][] = [
  ["batch", "x"],
  ["forward", "dense1.z"],
  ["loss", "loss"],
  ["backward", "dense1.weight.grad"],
  ["update", "dense1.weight.next"],
];
const value = (shape: number[], ...data: number[]) => ({ shape, data: Float64Array.from(data) });

/** A server of one layer whose numbers name the iteration they belong to. */
export class FakeServer {
  asked: string[] = [];
  readonly patience = { changed: (_: number): void => {} };
  refuse: ApiError | null = null;
  slow = new Map<string, Promise<void>>();
  #runs = 0;

  async #answer<T>(what: string, item: T, signal?: AbortSignal): Promise<T> {
    this.asked.push(what);
    await this.slow.get(what);
    if (signal?.aborted) throw new DOMException("called off", "AbortError");
    if (this.refuse && /^(create|branch)/.test(what)) throw this.refuse;
    return item;
  }
  #run(config: RunConfig, parent: string | null) {
    const parameters = [{ name: "dense1.weight", shape: [2, 1], trainable: true }];
    return {
      id: `run${++this.#runs}`,
      config,
      parent,
      parameters,
      features: ["a"],
      batch_size: 3,
      iterations_per_epoch: PER_EPOCH,
    };
  }
  catalog = () => this.#answer("catalog", CATALOG);
  presets = () => this.#answer("presets", [{ name: "circle", config: CONFIG }]);
  expressionInputs = (text: string, signal?: AbortSignal) =>
    this.#answer(`inputs ${text}`, ["a", "c"], signal);
  check = (config: RunConfig) =>
    this.#answer(`check ${config.data?.name}`, {
      fits: [{ title: "a net", why: "it fits", config: CONFIG }],
    });
  createRun = (config: RunConfig, signal?: AbortSignal) =>
    this.#answer("create", this.#run(config, null), signal);
  branch = (id: string, edits: RunConfig["edits"], signal?: AbortSignal) =>
    this.#answer(`branch ${id} ${JSON.stringify(edits)}`, this.#run({ ...CONFIG, edits }, id), signal);
  run = (id: string, signal?: AbortSignal) =>
    this.#answer(`run ${id}`, { ...this.#run(CONFIG, null), id }, signal);
  program = (id: string) => {
    const steps = OUTPUTS.map(([phase, output], index) => ({ index, phase, output, layer: "dense1" }));
    const blocks = steps.map(({ index, phase }) => ({ index, phase, first: index, last: index }));
    return this.#answer(`program ${id}`, { steps, blocks, symbols: {} });
  };
  samples = (id: string) => this.#answer(`samples ${id}`, { inputs: value([0]) });
  trace = (id: string, t: number, signal?: AbortSignal) => {
    const values: Values = new Map([
      ["dense1.weight", value([2, 1], t, -t)],
      ["dense1.weight.next", value([2, 1], t + 1, -t - 1)],
      ["dense1.weight.grad", value([2, 1], 1, 2)],
      ["dense1.z", value([3, 2], 1, 2, 3, 4, 5, 6)],
      ["loss", value([], 100 - t)],
    ]);
    return this.#answer(`trace ${id} ${t}`, values, signal);
  };
  summary = (id: string, t: number, signal?: AbortSignal) =>
    this.#answer(`summary ${id} ${t}`, { iteration: t, batch: { size: 3 } }, signal);
  frames = (
    id: string,
    { from, to, sample }: { from: number; to: number; sample?: number },
    signal?: AbortSignal,
  ) => {
    const ts = Array.from({ length: to - from }, (_, i) => from + i);
    const values: Values = new Map([
      ["iteration", value([ts.length], ...ts)],
      ["dense1.z", value([ts.length, 2], ...ts.flatMap((t) => [t + 0.5, t + 0.25]))],
    ]);
    return this.#answer(`frames ${id} ${from} ${sample ?? "mean"}`, values, signal);
  };
  step = (id: string, t: number, k: number) => this.#answer(`step ${id} ${t} ${k}`, { index: k });
  evaluation = (id: string, t: number) =>
    this.#answer(`evaluation ${id} ${t}`, { iteration: t, train: { loss: t }, batch: { losses: null } });
  effect = (id: string, t: number) => this.#answer(`effect ${id} ${t}`, { iteration: t });
  flow = (id: string, t: number) =>
    this.#answer(`flow ${id} ${t}`, { iteration: t, sample: null, layers: [] });
  derivation = (id: string, t: number, cell: { value: string }) =>
    this.#answer(`derivation ${id} ${t} ${cell.value}`, { value: cell.value, result: t, terms: [{}, {}] });
  paths = (id: string, t: number) => this.#answer(`paths ${id} ${t}`, { sum: t });
  reach = (id: string, t: number) => this.#answer(`reach ${id} ${t}`, undefined);
  history = (id: string, from: number, to: number) =>
    this.#answer(`history ${id} ${from} ${to}`, {
      from,
      to,
      loss: Array.from({ length: to - from }, (_, i) => from + i),
      train_loss: [],
      test_loss: [],
      accuracy: [],
      learning_rate: [],
      clipped: [],
      early_stopping: null,
      first_nonfinite: null,
    });
}
