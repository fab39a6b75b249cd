import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type Client } from "../api/client";
import { Studio } from "./studio.svelte";
import { CONFIG, FakeServer } from "./testing/fakeServer";

let server: FakeServer;
let studio: Studio;
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
  studio = new Studio(server as unknown as Client);
  await studio.load();
  await studio.openPreset("circle");
  await settle();
  server.asked = [];
});
afterEach(() => vi.useRealTimers());

describe("stepping", () => {
  it("inside an iteration asks for no picture", async () => {
    studio.view.move(1);
    studio.view.move(1);
    await settle();
    expect([studio.view.cursor, server.asked.filter((what) => /trace|frames|summary/.test(what))]).toEqual([
      { iteration: 0, step: 2 },
      [],
    ]);
  });

  it("to another iteration never keeps the numbers of a step of the one before", async () => {
    const before = studio.view.stepDetail;
    studio.view.move(1, "iteration");
    expect([before?.index, studio.view.stepDetail]).toEqual([0, null]);
  });

  it("to a neighbouring iteration changes the picture in the same turn", () => {
    studio.view.move(1, "iteration");
    expect([studio.view.number({ value: "loss", index: [] }), studio.view.settled]).toEqual([null, true]);
    studio.view.goToStep(4);
    expect(studio.view.number({ value: "loss", index: [] })).toBe(99);
  });

  it("is complete at a place once all that is told there is of that place", async () => {
    const { promise, release } = held();
    studio.view.goTo({ iteration: 2, step: 4 });
    server.slow.set(`effect ${studio.view.run!.id} 2`, promise);
    await settle();
    const awaited = [studio.view.settled, studio.view.complete];
    release();
    await settle();
    expect([awaited, studio.view.complete]).toEqual([[true, false], true]);
  });

  it("back before the first step goes to the end of the iteration before", () => {
    studio.view.goTo({ iteration: 1, step: 0 });
    studio.view.move(-1);
    expect(studio.view.cursor).toEqual({ iteration: 0, step: 4 });
  });

  it("shows only what has been computed by then", () => {
    studio.view.goToStep(1);
    expect([
      studio.view.isKnown("dense1.weight"),
      studio.view.isKnown("dense1.z"),
      studio.view.isKnown("loss"),
    ]).toEqual([true, true, false]);
  });

  it("gives a parameter's next value once its update has run", () => {
    const before = studio.view.current("dense1.weight");
    studio.view.goToStep(4);
    expect([before, studio.view.current("dense1.weight")]).toEqual(["dense1.weight", "dense1.weight.next"]);
  });

  it("by terms walks the cells that the step wrote, then leaves for the next step", async () => {
    studio.view.goTo({ iteration: 0, step: 3 });
    studio.prefer({ granularity: "term" });
    const seen: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      studio.view.move(1);
      await settle();
      seen.push([studio.view.selection?.index, studio.view.term, studio.view.cursor.step]);
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
    studio.view.goTo({ iteration: 0, step: 3 });
    studio.prefer({ granularity: "term" });
    const place = async (direction: 1 | -1) => {
      studio.view.move(direction);
      await settle();
      return [studio.view.selection?.index, studio.view.term];
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
    studio.view.goToIteration(50);
    studio.view.goToIteration(90);
    await settle();
    release();
    await settle();
    expect([studio.view.moment?.iteration, studio.view.cursor.iteration]).toEqual([90, 90]);
  });

  it("of a cell that was left are dropped", async () => {
    const { promise, release } = held();
    server.slow.set("derivation run1 0 loss", promise);
    studio.view.select({ value: "loss", index: [] });
    studio.view.select({ value: "dense1.z", index: [0, 0] });
    await settle();
    release();
    await settle();
    expect(studio.view.derivation?.value).toBe("dense1.z");
  });
});

describe("samples", () => {
  it("show their own row, the mean what the frame says", async () => {
    const mean = studio.view.units("dense1.z");
    studio.view.setSample(1);
    await settle();
    expect([[...mean!], [...studio.view.units("dense1.z")!]]).toEqual([
      [0.5, 0.25],
      [3, 4],
    ]);
  });

  it("beyond a small batch show its last row", async () => {
    studio.view.setSample(9);
    await settle();
    expect([...studio.view.units("dense1.z")!]).toEqual([5, 6]);
  });

  it("take the selected unit along, but never a selected weight", async () => {
    studio.view.select({ value: "dense1.z", index: [0, 1] });
    studio.view.setSample(2);
    const unit = studio.view.selection;
    studio.view.select({ value: "dense1.weight.grad", index: [1, 0] });
    studio.view.setSample(1);
    expect([unit?.index, studio.view.selection?.index]).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });
});

describe("the history", () => {
  it("has the scores of the iteration at rest", async () => {
    studio.view.goToIteration(3);
    await settle();
    expect(studio.view.history.train).toContainEqual({ iteration: 3, value: 3 });
  });

  it("is filled up to the furthest iteration seen, and never asked for twice", async () => {
    studio.view.goToIteration(700);
    await settle();
    studio.view.goToIteration(3);
    await settle();
    expect([server.asked.filter((what) => what.startsWith("history")), studio.view.history.known]).toEqual([
      ["history run1 1 501", "history run1 501 701"],
      701,
    ]);
  });
});

describe("changing a setting", () => {
  it("in mid-run branches off and keeps the place, the old run beside it", async () => {
    studio.view.goTo({ iteration: 6, step: 2 });
    await settle();
    await studio.form.set("optimizer.learning_rate", 0.5);
    const edit = '[{"iteration":6,"set":{"optimizer.learning_rate":0.5}}]';
    expect([
      server.asked.includes(`branch run1 ${edit}`),
      studio.view.cursor,
      studio.view.run?.parent,
      studio.view.ghosts,
    ]).toMatchObject([true, { iteration: 6, step: 2 }, "run1", [{ id: "run1", at: 6 }]]);
    expect(studio.view.history.loss).toEqual([0, 1, 2, 3, 4, 5]);
    expect(studio.form.field("optimizer.learning_rate")).toBe(0.5);
  });

  it("of the network starts over, without the edits", async () => {
    studio.view.goTo({ iteration: 6, step: 2 });
    await studio.form.set("optimizer.learning_rate", 0.5);
    await studio.form.set("layers[0].units", 3);
    expect([studio.view.cursor, studio.view.config?.layers[0]?.units, studio.view.config?.edits]).toEqual([
      { iteration: 0, step: 0 },
      3,
      [],
    ]);
  });

  it("that starts over keeps the course that was left beside the new one", async () => {
    await studio.view.goTo({ iteration: 6, step: 2 });
    await settle();
    await studio.form.set("batch_size", 5);
    await settle();
    await studio.form.set("batch_size", 7);
    expect([studio.view.run?.id, studio.view.ghosts.map(({ id, at }) => [id, at])]).toEqual([
      "run3",
      [
        ["run1", 0],
        ["run2", 0],
      ],
    ]);
  });

  it.each([
    ["the data", "data", { name: "spiral" }],
    ["the loss", "loss", "mae"],
  ])("of %s leaves no course behind that cannot be compared", async (_, path, value) => {
    await settle();
    await studio.form.set(path, value);
    expect(studio.view.ghosts).toEqual([]);
  });

  it("says beforehand whether it starts over", async () => {
    const asked = ["batch_size", "optimizer.type", "optimizer.learning_rate"];
    const before = asked.map(studio.form.startsOver);
    studio.view.goTo({ iteration: 6, step: 2 });
    const here = asked.map(studio.form.startsOver);
    studio.form.applies = "start";
    expect([before, here, asked.map(studio.form.startsOver)]).toEqual([
      [false, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it("starts over where that is asked for", async () => {
    studio.view.goTo({ iteration: 6, step: 2 });
    studio.form.applies = "start";
    await studio.form.set("optimizer.learning_rate", 0.5);
    expect([studio.view.cursor.iteration, studio.view.config?.optimizer.learning_rate]).toEqual([0, 0.5]);
  });

  it("sets one weight from here on", async () => {
    studio.view.goTo({ iteration: 2, step: 0 });
    await studio.form.setCell("dense1.weight", [1, 0], 7);
    expect(studio.view.config?.edits).toEqual([
      { iteration: 2, parameter: "dense1.weight", index: [1, 0], value: 7 },
    ]);
  });

  it("takes the inputs of another text from the server, and drops those of a text that is typed over", async () => {
    const config = { ...CONFIG, expression: "L = a", inputs: { a: 2 }, train: ["a"] };
    const late = held();
    server.slow.set("inputs L = a*b", late.promise);
    const first = studio.openText(config, "L = a*b");
    const second = studio.openText(config, "L = a*c");
    late.release();
    await Promise.all([first, second]);
    const { expression, inputs, train } = studio.view.config!;
    expect([expression, inputs, train]).toEqual(["L = a*c", { a: 2, c: 1 }, ["a", "c"]]);
  });

  it("keeps what was typed, with the reason, when the server refuses it", async () => {
    const errors = [{ path: "layers[0].units", message: "must be at least 1" }];
    server.refuse = new ApiError({ status: 422, errors });
    await studio.form.set("layers[0].units", 0);
    expect([
      studio.form.field("layers[0].units"),
      studio.form.errorsAt("layers[0].units"),
      studio.view.config?.layers[0]?.units,
    ]).toEqual([0, errors, 2]);
  });

  it("offers what would fit once the server refuses it, and forgets the offer with the next change", async () => {
    server.refuse = new ApiError({ status: 422, errors: [{ path: "data.targets", message: "no" }] });
    await studio.form.set("data", { name: "sort" });
    await settle();
    const offered = studio.form.fits.map(({ title }) => title);
    server.refuse = null;
    await studio.form.set("data", { name: "moons" });
    expect([offered, studio.form.fits]).toEqual([["a net"], []]);
  });

  it("drops an offer that comes when something else is typed", async () => {
    const late = held();
    server.slow.set("check sort", late.promise);
    server.refuse = new ApiError({ status: 422, errors: [{ path: "data.targets", message: "no" }] });
    await studio.form.set("data", { name: "sort" });
    server.refuse = null;
    await studio.form.set("data", { name: "moons" });
    late.release();
    await settle();
    expect(studio.form.fits).toEqual([]);
  });

  it("tells nothing of configurations that it no longer looks at, nor where one of them has no answer", async () => {
    const [late, called] = [held(), new AbortController()];
    server.slow.set("check circle", late.promise);
    const asked = studio.looked([CONFIG, null], called.signal);
    called.abort();
    late.release();
    const again = await studio.looked([CONFIG, null], new AbortController().signal);
    expect([await asked, again?.map((check) => check?.fits.length ?? null)]).toEqual([null, [1, null]]);
  });

  it("gives a name of an expression that comes back the number that it had", async () => {
    const config = { ...CONFIG, expression: "L = a*c", inputs: { a: 2, c: -0.4 }, train: ["a"] };
    await studio.open(config as never);
    server.expressionInputs = async (text) => (text.includes("c") ? ["a", "c"] : ["a"]);
    await studio.openText(config as never, "L = a");
    await studio.openText(studio.form.draft as never, "L = a*c");
    expect(studio.view.config?.inputs).toEqual({ a: 2, c: -0.4 });
  });

  it("clears the reason once it is right", async () => {
    server.refuse = new ApiError({ status: 422, errors: [{ path: "layers[0].units", message: "no" }] });
    await studio.form.set("layers[0].units", 0);
    server.refuse = null;
    await studio.form.set("layers[0].units", 5);
    expect([studio.form.errors, studio.form.field("layers[0].units")]).toEqual([[], 5]);
  });

  it("keeps a mistake that needs no server in the form, and asks nothing", async () => {
    const mistake = { path: "layers[0].units", message: "Needs a whole number." };
    await studio.form.set("layers[0].units", "", mistake);
    await studio.form.set("seed", 7);
    expect([
      studio.form.field("layers[0].units"),
      studio.form.field("seed"),
      studio.form.errors,
      server.asked,
    ]).toEqual(["", 7, [mistake], []]);
  });

  it("opens all that was typed once the last mistake is put right", async () => {
    await studio.form.set("layers[0].units", "", {
      path: "layers[0].units",
      message: "Needs a whole number.",
    });
    await studio.form.set("seed", 7);
    await studio.form.set("layers[0].units", 5);
    expect([studio.form.errors, studio.view.config?.seed, studio.view.config?.layers[0]?.units]).toEqual([
      [],
      7,
      5,
    ]);
  });

  it("back to what the run has takes the mistake away and keeps the place", async () => {
    studio.view.goTo({ iteration: 6, step: 2 });
    await studio.form.set("layers[0].units", "", {
      path: "layers[0].units",
      message: "Needs a whole number.",
    });
    await studio.form.set("layers[0].units", 2);
    expect([studio.form.errors, studio.form.draft, studio.view.run?.id, studio.view.cursor]).toEqual([
      [],
      CONFIG,
      "run1",
      { iteration: 6, step: 2 },
    ]);
  });

  it("of another kind drops the mistakes of the old one", async () => {
    const path = "optimizer.learning_rate";
    await studio.form.set(path, "", { path, message: "Needs a number." });
    await studio.form.set("optimizer", { type: "adam" });
    expect([studio.form.errors, studio.view.config?.optimizer]).toEqual([[], { type: "adam" }]);
  });

  it("of an optimizer that is still on its way starts over with both", async () => {
    studio.view.goTo({ iteration: 6, step: 2 });
    await settle();
    const first = studio.form.set("optimizer", { type: "adam" });
    await Promise.all([first, studio.form.set("optimizer.learning_rate", 0.5)]);
    expect([studio.view.config?.optimizer, studio.view.config?.edits]).toEqual([
      { type: "adam", learning_rate: 0.5 },
      [],
    ]);
  });

  it("takes an edit along that was made before the branch of the one before it was here", async () => {
    studio.view.goTo({ iteration: 6, step: 2 });
    await settle();
    const first = studio.form.set("clip.value", 0.5);
    await Promise.all([first, studio.form.set("regularization.l2", 0.1)]);
    const edits = [{ "clip.value": 0.5 }, { "regularization.l2": 0.1 }].map((set) => ({ iteration: 6, set }));
    expect(studio.view.config?.edits).toEqual(edits);
  });

  it("puts a refused branch's reason beside the field that was changed", async () => {
    studio.view.goTo({ iteration: 6, step: 2 });
    server.refuse = new ApiError({ status: 422, errors: [{ path: "edits[0].set", message: "at least 0" }] });
    await studio.form.set("optimizer.learning_rate", -1);
    expect([
      studio.form.errorsAt("optimizer.learning_rate"),
      studio.form.field("optimizer.learning_rate"),
      studio.view.run?.id,
    ]).toEqual([[{ path: "optimizer.learning_rate", message: "at least 0" }], -1, "run1"]);
  });

  it("can be taken back to the parent, with the branch beside it", async () => {
    studio.view.goTo({ iteration: 6, step: 2 });
    await settle();
    await studio.form.set("optimizer.learning_rate", 0.5);
    const branch = studio.view.run?.id;
    await studio.openParent();
    expect([
      studio.view.run?.id,
      studio.view.cursor.iteration,
      studio.view.ghosts.map((ghost) => ghost.id),
    ]).toEqual(["run1", 6, [branch]]);
  });
});

describe("a link", () => {
  it("that counts further than the run is held to it before anything is asked", async () => {
    await studio.open(CONFIG, {
      step: 99,
      sample: 7,
      selection: { value: "dense1.z", index: [7, 9] },
    });
    await settle();
    const { cursor, sample, selection } = studio.view;
    expect([
      cursor.step,
      sample,
      selection?.index,
      server.asked.filter((what) => what.startsWith("frames run2 0")),
    ]).toEqual([4, 2, [2, 1], ["frames run2 0 2"]]);
  });

  it.each([
    ["another run's value", { value: "lstm7.h", index: [0] }, null],
    ["an index of too few places", { value: "dense1.z", index: [1] }, { value: "dense1.z", index: [] }],
  ])("to %s selects what there is of it", async (_, selection, wanted) => {
    await studio.open(CONFIG, { selection });
    expect(studio.view.selection).toEqual(wanted);
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
    await studio.open(CONFIG, { iteration: 9999, step: 2 });
    expect([studio.view.run?.id, studio.view.cursor, studio.trouble?.detail, studio.form.errors]).toEqual([
      "run2",
      { iteration: 0, step: 2 },
      "at most 1000 iterations",
      [],
    ]);
  });

  it("is kept for a server that does not answer, and goes with a try that works", async () => {
    server.refuse = new ApiError({ status: 0, title: "No answer" });
    await studio.form.set("layers[0].units", 5);
    const before = studio.trouble?.title;
    server.refuse = null;
    await studio.retry();
    expect([before, studio.trouble, studio.view.config?.layers[0]?.units]).toEqual(["No answer", null, 5]);
  });
});
