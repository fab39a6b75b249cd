import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type Client } from "../api/client";
import type { Phase, RunConfig, Values } from "../api/types";
import { Store } from "./store.svelte";

const PER_EPOCH = 4;
const CONFIG = {
  data: { name: "circle" },
  layers: [{ type: "dense", units: 2 }],
  optimizer: { type: "sgd", learning_rate: 0.1 },
  edits: [],
} as unknown as RunConfig;
const FAMILIES = ["datasets", "layers", "activations", "losses", "optimizers", "initializers", "schedules"];
const CATALOG = { ...Object.fromEntries(FAMILIES.map((name) => [name, []])), run: { parameters: [] } };
const OUTPUTS: [Phase, string][] = [
  ["batch", "x"],
  ["forward", "dense1.z"],
  ["loss", "loss"],
  ["backward", "dense1.weight.grad"],
  ["update", "dense1.weight.next"],
];
const value = (shape: number[], ...data: number[]) => ({ shape, data: Float64Array.from(data) });

/** A server of one layer whose numbers name the iteration they belong to. */
class FakeServer {
  asked: string[] = [];
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
      iterations_per_epoch: PER_EPOCH,
    };
  }
  catalog = () => this.#answer("catalog", CATALOG);
  presets = () => this.#answer("presets", [{ name: "circle", config: CONFIG }]);
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
  evaluation = (id: string, t: number) => this.#answer(`evaluation ${id} ${t}`, { train: { loss: t } });
  derivation = (id: string, t: number, cell: { value: string }) =>
    this.#answer(`derivation ${id} ${t} ${cell.value}`, { value: cell.value, result: t, terms: [{}, {}] });
  paths = (id: string, t: number) => this.#answer(`paths ${id} ${t}`, { sum: t });
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

let server: FakeServer;
let store: Store;
const settle = () => vi.advanceTimersByTimeAsync(200);
const held = () => {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
};

beforeEach(async () => {
  vi.useFakeTimers();
  server = new FakeServer();
  store = new Store(server as unknown as Client);
  await store.start();
  await store.openPreset("circle");
  await settle();
  server.asked = [];
});
afterEach(() => vi.useRealTimers());

describe("stepping", () => {
  it("inside an iteration asks for no picture", async () => {
    store.move(1);
    store.move(1);
    await settle();
    expect([store.cursor, server.asked.filter((what) => /trace|frames|summary/.test(what))]).toEqual([
      { iteration: 0, step: 2 },
      [],
    ]);
  });

  it("to another iteration never keeps the numbers of a step of the one before", async () => {
    const before = store.stepDetail;
    store.move(1, "iteration");
    expect([before?.index, store.stepDetail]).toEqual([0, null]);
  });

  it("to a neighbouring iteration changes the picture in the same turn", () => {
    store.move(1, "iteration");
    expect([store.number({ value: "loss", index: [] }), store.settled]).toEqual([null, true]);
    store.goToStep(4);
    expect(store.number({ value: "loss", index: [] })).toBe(99);
  });

  it("back before the first step goes to the end of the iteration before", () => {
    store.goTo({ iteration: 1, step: 0 });
    store.move(-1);
    expect(store.cursor).toEqual({ iteration: 0, step: 4 });
  });

  it("shows only what has been computed by then", () => {
    store.goToStep(1);
    expect([store.isKnown("dense1.weight"), store.isKnown("dense1.z"), store.isKnown("loss")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("gives a parameter's next value once its update has run", () => {
    const before = store.current("dense1.weight");
    store.goToStep(4);
    expect([before, store.current("dense1.weight")]).toEqual(["dense1.weight", "dense1.weight.next"]);
  });

  it("by terms walks the cells that the step wrote, then leaves for the next step", async () => {
    store.goTo({ iteration: 0, step: 3 });
    store.prefer({ granularity: "term" });
    const seen: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      store.move(1);
      await settle();
      seen.push([store.selection?.index, store.term, store.cursor.step]);
    }
    expect(seen).toEqual([
      [[0, 0], 0, 3],
      [[0, 0], 1, 3],
      [[1, 0], 0, 3],
      [[1, 0], 1, 3],
      [undefined, null, 4],
    ]);
  });
});

describe("stepping back by terms", () => {
  it("goes over exactly the places it came by", async () => {
    store.goTo({ iteration: 0, step: 3 });
    store.prefer({ granularity: "term" });
    const place = async (direction: 1 | -1) => {
      store.move(direction);
      await settle();
      return [store.selection?.index, store.term];
    };
    const forth = [await place(1), await place(1), await place(1), await place(1)];
    const back = [await place(-1), await place(-1), await place(-1)];
    expect(back.reverse()).toEqual(forth.slice(0, 3));
  });
});

describe("late answers", () => {
  it("of an iteration that was left are dropped", async () => {
    const { promise, release } = held();
    server.slow.set("trace run1 50", promise);
    store.goToIteration(50);
    store.goToIteration(90);
    await settle();
    release();
    await settle();
    expect([store.moment?.iteration, store.cursor.iteration]).toEqual([90, 90]);
  });

  it("of a cell that was left are dropped", async () => {
    const { promise, release } = held();
    server.slow.set("derivation run1 0 loss", promise);
    store.select({ value: "loss", index: [] });
    store.select({ value: "dense1.z", index: [0, 0] });
    await settle();
    release();
    await settle();
    expect(store.derivation?.value).toBe("dense1.z");
  });
});

describe("samples", () => {
  it("show their own row, the mean what the frame says", async () => {
    const mean = store.units("dense1.z");
    store.setSample(1);
    await settle();
    expect([[...mean!], [...store.units("dense1.z")!]]).toEqual([
      [0.5, 0.25],
      [3, 4],
    ]);
  });

  it("beyond a small batch show its last row", async () => {
    store.setSample(9);
    await settle();
    expect([...store.units("dense1.z")!]).toEqual([5, 6]);
  });

  it("take the selected unit along, but never a selected weight", async () => {
    store.select({ value: "dense1.z", index: [0, 1] });
    store.setSample(2);
    const unit = store.selection;
    store.select({ value: "dense1.weight.grad", index: [1, 0] });
    store.setSample(1);
    expect([unit?.index, store.selection?.index]).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });
});

describe("the history", () => {
  it("has the scores of the iteration at rest", async () => {
    store.goToIteration(3);
    await settle();
    expect(store.history.train).toContainEqual({ iteration: 3, value: 3 });
  });

  it("is filled up to the furthest iteration seen, and never asked for twice", async () => {
    store.goToIteration(700);
    await settle();
    store.goToIteration(3);
    await settle();
    expect([server.asked.filter((what) => what.startsWith("history")), store.history.known]).toEqual([
      ["history run1 1 501", "history run1 501 701"],
      701,
    ]);
  });
});

describe("changing a setting", () => {
  it("in mid-run branches off and keeps the place, the old run beside it", async () => {
    store.goTo({ iteration: 6, step: 2 });
    await settle();
    await store.set("optimizer.learning_rate", 0.5);
    const edit = '[{"iteration":6,"set":{"optimizer.learning_rate":0.5}}]';
    expect([
      server.asked.includes(`branch run1 ${edit}`),
      store.cursor,
      store.run?.parent,
      store.ghosts,
    ]).toMatchObject([true, { iteration: 6, step: 2 }, "run1", [{ id: "run1", at: 6 }]]);
    expect(store.history.loss).toEqual([0, 1, 2, 3, 4, 5]);
    expect(store.field("optimizer.learning_rate")).toBe(0.5);
  });

  it("of the network starts over, without the edits", async () => {
    store.goTo({ iteration: 6, step: 2 });
    await store.set("optimizer.learning_rate", 0.5);
    await store.set("layers[0].units", 3);
    expect([store.cursor, store.config?.layers[0]?.units, store.config?.edits, store.ghosts]).toEqual([
      { iteration: 0, step: 0 },
      3,
      [],
      [],
    ]);
  });

  it("starts over where that is asked for", async () => {
    store.goTo({ iteration: 6, step: 2 });
    store.applies = "start";
    await store.set("optimizer.learning_rate", 0.5);
    expect([store.cursor.iteration, store.config?.optimizer.learning_rate]).toEqual([0, 0.5]);
  });

  it("sets one weight from here on", async () => {
    store.goTo({ iteration: 2, step: 0 });
    await store.setCell("dense1.weight", [1, 0], 7);
    expect(store.config?.edits).toEqual([
      { iteration: 2, parameter: "dense1.weight", index: [1, 0], value: 7 },
    ]);
  });

  it("keeps what was typed, with the reason, when the server refuses it", async () => {
    const errors = [{ path: "layers[0].units", message: "must be at least 1" }];
    server.refuse = new ApiError({ status: 422, errors });
    await store.set("layers[0].units", 0);
    expect([
      store.field("layers[0].units"),
      store.errorsAt("layers[0].units"),
      store.config?.layers[0]?.units,
    ]).toEqual([0, errors, 2]);
  });

  it("clears the reason once it is right", async () => {
    server.refuse = new ApiError({ status: 422, errors: [{ path: "layers[0].units", message: "no" }] });
    await store.set("layers[0].units", 0);
    server.refuse = null;
    await store.set("layers[0].units", 5);
    expect([store.errors, store.field("layers[0].units")]).toEqual([[], 5]);
  });

  it("keeps a mistake that needs no server in the form, and asks nothing", async () => {
    const mistake = { path: "layers[0].units", message: "Needs a whole number." };
    await store.set("layers[0].units", "", mistake);
    await store.set("seed", 7);
    expect([store.field("layers[0].units"), store.field("seed"), store.errors, server.asked]).toEqual([
      "",
      7,
      [mistake],
      [],
    ]);
  });

  it("opens all that was typed once the last mistake is put right", async () => {
    await store.set("layers[0].units", "", { path: "layers[0].units", message: "Needs a whole number." });
    await store.set("seed", 7);
    await store.set("layers[0].units", 5);
    expect([store.errors, store.config?.seed, store.config?.layers[0]?.units]).toEqual([[], 7, 5]);
  });

  it("back to what the run has takes the mistake away and keeps the place", async () => {
    store.goTo({ iteration: 6, step: 2 });
    await store.set("layers[0].units", "", { path: "layers[0].units", message: "Needs a whole number." });
    await store.set("layers[0].units", 2);
    expect([store.errors, store.draft, store.run?.id, store.cursor]).toEqual([
      [],
      CONFIG,
      "run1",
      { iteration: 6, step: 2 },
    ]);
  });

  it("of another kind drops the mistakes of the old one", async () => {
    const path = "optimizer.learning_rate";
    await store.set(path, "", { path, message: "Needs a number." });
    await store.set("optimizer", { type: "adam" });
    expect([store.errors, store.config?.optimizer]).toEqual([[], { type: "adam" }]);
  });

  it("of an optimizer that is still on its way starts over with both", async () => {
    store.goTo({ iteration: 6, step: 2 });
    await settle();
    const first = store.set("optimizer", { type: "adam" });
    await Promise.all([first, store.set("optimizer.learning_rate", 0.5)]);
    expect([store.config?.optimizer, store.config?.edits]).toEqual([
      { type: "adam", learning_rate: 0.5 },
      [],
    ]);
  });

  it("takes an edit along that was made before the branch of the one before it was here", async () => {
    store.goTo({ iteration: 6, step: 2 });
    await settle();
    const first = store.set("clip.value", 0.5);
    await Promise.all([first, store.set("regularization.l2", 0.1)]);
    const edits = [{ "clip.value": 0.5 }, { "regularization.l2": 0.1 }].map((set) => ({ iteration: 6, set }));
    expect(store.config?.edits).toEqual(edits);
  });

  it("puts a refused branch's reason beside the field that was changed", async () => {
    store.goTo({ iteration: 6, step: 2 });
    server.refuse = new ApiError({ status: 422, errors: [{ path: "edits[0].set", message: "at least 0" }] });
    await store.set("optimizer.learning_rate", -1);
    expect([
      store.errorsAt("optimizer.learning_rate"),
      store.field("optimizer.learning_rate"),
      store.run?.id,
    ]).toEqual([[{ path: "optimizer.learning_rate", message: "at least 0" }], -1, "run1"]);
  });

  it("can be taken back to the parent, with the branch beside it", async () => {
    store.goTo({ iteration: 6, step: 2 });
    await settle();
    await store.set("optimizer.learning_rate", 0.5);
    const branch = store.run?.id;
    await store.openParent();
    expect([store.run?.id, store.cursor.iteration, store.ghosts.map((ghost) => ghost.id)]).toEqual([
      "run1",
      6,
      [branch],
    ]);
  });
});

describe("trouble", () => {
  it("with a linked iteration past a limit still opens the run, at its start", async () => {
    const refused = new ApiError({
      status: 422,
      detail: "at most 1000 iterations",
      errors: [{ path: "path.t", message: "" }],
    });
    server.slow.set("trace run2 9999", Promise.reject(refused));
    await store.open(CONFIG, { iteration: 9999, step: 2 });
    expect([store.run?.id, store.cursor, store.trouble?.detail, store.errors]).toEqual([
      "run2",
      { iteration: 0, step: 2 },
      "at most 1000 iterations",
      [],
    ]);
  });

  it("is kept for a server that does not answer, and goes with a try that works", async () => {
    server.refuse = new ApiError({ status: 0, title: "No answer" });
    await store.set("layers[0].units", 5);
    const before = store.trouble?.title;
    server.refuse = null;
    await store.retry();
    expect([before, store.trouble, store.config?.layers[0]?.units]).toEqual(["No answer", null, 5]);
  });
});
