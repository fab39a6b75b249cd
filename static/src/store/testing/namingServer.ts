import { ApiError } from "../../api/client";
import type { Cell, Edit, Phase, Run, RunConfig, Values } from "../../api/types";
import type { Sample } from "../view/loader";

/** Numbers below one, the same for the same seed. */
export function drawn(seed: number): () => number {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 3266489917);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

export const BASE = {
  data: { name: "circle" },
  batch_size: 3,
  layers: [{ type: "dense", units: 2 }],
  optimizer: { type: "sgd", learning_rate: 0.1 },
  edits: [],
} as unknown as RunConfig;

const STEPS: [Phase, string, number[]][] = [
  ["batch", "x", [3, 2]],
  ["forward", "dense1.z", [3, 2]],
  ["loss", "loss", []],
  ["backward", "dense1.weight.grad", [2, 1]],
  ["update", "dense1.weight.next", [2, 1]],
];
const SETTABLE = ["optimizer", "schedule", "regularization", "clip"];
/** What the values are about, as far as it is asked for. */
const ABOUT_WEIGHT = { subject: "dense1.weight", gradient: "", part: null, next: false };
const NAMES = { "dense1.weight.grad": ABOUT_WEIGHT, "dense1.weight.next": ABOUT_WEIGHT };
const FAMILIES = ["datasets", "layers", "activations", "losses", "optimizers", "initializers", "schedules"];
/** Terms of each cell's sum. */
export const TERMS = 3;
const PER_EPOCH = 4;
const KEPT = 1e4;

/** What an answer says it is of. */
export interface Of {
  run: string;
  t?: number;
  step?: number;
  sample?: Sample;
  cell?: Cell;
}

/** A server whose every answer says what it is of, and comes when it likes, in any order, called off or not. */
export class NamingServer {
  readonly patience = { changed: (_: number): void => {} };
  readonly #delay: () => number;
  readonly #runs = new Map<string, Run>();

  constructor(delay: () => number) {
    this.#delay = delay;
  }

  /** A number that belongs to one iteration of one run: a branch has its parent's up to where it begins. */
  lossAt(id: string, t: number): number {
    const run = this.#runs.get(id)!;
    const began = Math.min(...run.config.edits.slice(-1).map(({ iteration }) => iteration));
    const before = run.parent !== null && t < began;
    return before ? this.lossAt(run.parent!, t) : [...this.#runs.keys()].indexOf(id) * KEPT + t;
  }

  catalog = () =>
    this.#answer({
      ...Object.fromEntries(FAMILIES.map((name) => [name, []])),
      run: { parameters: [] },
      settable: SETTABLE,
    });
  presets = () =>
    this.#answer(["first", "second"].map((name, seed) => ({ name, config: { ...BASE, seed } })));
  createRun = (config: RunConfig) => this.#answer(this.#made(config, null));
  branch = (id: string, edits: Edit[]) => {
    // One edit at a time, so that the run is the same whether they came together or one after the other.
    const made = edits.reduce((parent, edit) => {
      const { config } = this.#runs.get(parent)!;
      return this.#made({ ...config, edits: [...config.edits, edit] }, parent).id;
    }, id);
    return this.#answer(this.#runs.get(made)!);
  };
  run = (id: string) => this.#answer(this.#runs.get(id)!);
  program = (id: string) => {
    const steps = STEPS.map(([phase, output, shape], index) => ({
      index,
      phase,
      output,
      shape,
      layer: "dense1",
    }));
    const blocks = steps.map(({ index, phase }) => ({ index, phase, first: index, last: index }));
    return this.#answer({ of: { run: id }, steps, blocks, symbols: {}, names: NAMES });
  };
  reach = () => this.#answer(undefined);
  samples = (run: string) => this.#answer({ of: { run } });
  trace = (run: string, t: number) => {
    const entries = STEPS.map(([, output, shape]) => [output, this.#value(shape, run, t)] as const);
    return this.#answer(new Map([...entries, ["dense1.weight", this.#value([2, 1], run, t)]]));
  };
  summary = (run: string, t: number) => this.#answer({ of: { run, t }, iteration: t, batch: { size: 3 } });
  frames = (run: string, query: { from: number; to: number; stride?: number; sample?: number }) => {
    const { from, to, stride = 1, sample } = query;
    const ts = Array.from({ length: Math.ceil((to - from) / stride) }, (_, i) => from + i * stride);
    const values: Values = new Map([
      ["iteration", numbers(ts)],
      ["loss", numbers(ts.map((t) => this.lossAt(run, t)))],
      ["sample", numbers(ts.map(() => sample ?? -1))],
    ]);
    return this.#answer(values);
  };
  step = (run: string, t: number, step: number) => this.#answer({ of: { run, t, step }, index: step });
  flow = (run: string, t: number, sample?: number) =>
    this.#answer({ of: { run, t, sample: sample ?? "mean" }, iteration: t });
  effect = (run: string, t: number) => this.#answer({ of: { run, t }, iteration: t });
  evaluation = (run: string, t: number) =>
    this.#answer({
      of: { run, t },
      iteration: t,
      train: { loss: this.lossAt(run, t) },
      batch: { losses: null },
    });
  derivation = (run: string, t: number, cell: Cell, { sample }: { sample?: number }) =>
    this.#answer({ of: { run, t, cell, sample }, ...cell, terms: Array.from({ length: TERMS }, () => ({})) });
  paths = (run: string, t: number, cell: Cell, sample: number) =>
    this.#answer({ of: { run, t, cell, sample } });
  gradientCheck = (run: string, t: number) => this.#answer({ of: { run, t } });
  check = () => this.#answer({ fits: [] });
  variants = (run: string, t: number) => this.#answer({ of: { run, t } });
  boundary = (run: string, t: number) => this.#answer({ of: { run, t } });
  /** The condition "7 2" is met in every seventh iteration, by step 2; any other text is none. */
  find = (run: string, condition: string, from: number, to: number) => {
    const [every, step] = condition.split(" ").map(Number);
    if (!every) return this.#refuse(condition);
    const iterations = Array.from({ length: to - from }, (_, i) => from + i).filter((t) => t % every === 0);
    const hits = iterations.map((iteration) => ({ iteration, step: step ?? null, parts: [] }));
    return this.#answer({ of: { run }, hits, searched: { from, to } });
  };
  series = (run: string, expression: string, from: number, to: number) => {
    const iterations = Array.from({ length: to - from }, (_, i) => from + i);
    return this.#answer({ expression, iterations, values: iterations.map((t) => this.lossAt(run, t)) });
  };
  history = (run: string, from: number, to: number) =>
    this.#answer({
      from,
      to,
      loss: Array.from({ length: to - from }, (_, i) => this.lossAt(run, from + i)),
      train_loss: [{ iteration: from, value: this.lossAt(run, from) }],
      test_loss: [],
      accuracy: [],
      learning_rate: [],
      clipped: [],
      early_stopping: null,
      first_nonfinite: null,
    });

  #value(shape: number[], run: string, t: number) {
    const size = shape.reduce((product, n) => product * n, 1);
    return { shape, data: new Float64Array(size).fill(this.lossAt(run, t)) };
  }

  #made(config: RunConfig, parent: string | null): Run {
    const id = JSON.stringify(Object.entries(config).sort());
    const parameters = [{ name: "dense1.weight", shape: [2, 1], trainable: true }];
    const more = {
      parameters,
      features: ["a", "b"],
      batch_size: 3,
      iterations_per_epoch: PER_EPOCH,
      output_kind: "plane",
      kind: "layers",
    };
    if (!this.#runs.has(id)) this.#runs.set(id, { id, config, parent, ...more } as unknown as Run);
    return this.#runs.get(id)!;
  }

  async #refuse(text: string): Promise<never> {
    await this.#answer(null);
    const errors = [{ path: "query.condition", message: text }];
    throw new ApiError({ status: 422, title: "Refused", detail: `column 1: ${text}`, errors });
  }

  async #answer<T>(item: T): Promise<T> {
    const wait = this.#delay();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    return item;
  }
}

const numbers = (of: number[]) => ({ shape: [of.length], data: Float64Array.from(of) });
