import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type Client } from "../api/client";
import type { Cell, Values } from "../api/types";
import { Studio } from "./studio.svelte";
import { drawn, NamingServer, type Of, TERMS } from "./testing/namingServer";
import type { RunView } from "./view/runView.svelte";

type Action = readonly [name: string, run: (studio: Studio) => unknown];

const CELLS: (Cell | null)[] = [
  { value: "dense1.weight.grad", index: [1, 0] },
  { value: "dense1.z", index: [2, 1] },
  { value: "loss", index: [] },
  null,
];
const SIZES = ["term", "step", "layer", "phase", "iteration", "epoch"] as const;
const moves = SIZES.flatMap((size): Action[] => [
  [`${size} forward`, ({ view }) => view.move(1, size)],
  [`${size} back`, ({ view }) => view.move(-1, size)],
]);
const CELL: Cell = { value: "dense1.weight", index: [0, 0] };

/** Everything that can be done, time to play aside. */
const ACTIONS: Action[] = [
  ...moves,
  ...moves.slice(0, 2),
  ...moves.slice(8, 10),
  ...CELLS.map((cell): Action => [`select ${cell?.value}`, ({ view }) => view.select(cell)]),
  ...(["mean", 0, 2] as const).map(
    (sample): Action => [`sample ${sample}`, ({ view }) => view.setSample(sample)],
  ),
  ["seek 40", ({ view }) => view.goToIteration(40)],
  ["seek 3", ({ view }) => view.goToIteration(3)],
  ["start", ({ view }) => view.goTo({ iteration: 0, step: 0 })],
  ["end", ({ view }) => view.goToEnd()],
  ["playhead on", ({ view }) => view.travel(1)],
  ["playhead back", ({ view }) => view.travel(-1)],
  ["step 3", ({ view }) => view.goToStep(3)],
  ["check", ({ view }) => view.checkGradients()],
  ["variants", ({ view }) => view.compareVariants()],
  ["paths", ({ view }) => view.want("paths", true)],
  ["rate 0.5", ({ form }) => form.set("optimizer.learning_rate", 0.5)],
  ["rate 0.1", ({ form }) => form.set("optimizer.learning_rate", 0.1)],
  ["clip", ({ form }) => form.set("clip.value", 1)],
  ["batch size", ({ form }) => form.set("batch_size", 2)],
  ["units", ({ form }) => form.set("layers[0].units", 3)],
  ["weight", ({ form }) => form.setCell(CELL.value, CELL.index, 7)],
  ["undo", (studio) => studio.openParent()],
  ["first preset", (studio) => studio.openPreset("first")],
  ["second preset", (studio) => studio.openPreset("second")],
  ["link", (studio) => studio.open(studio.presets[0]!.config, { iteration: 9, step: 2, sample: 1 })],
];
const PLAYING: Action[] = [
  ["play or pause", ({ view }) => view.toggle()],
  ["faster", (studio) => studio.setSpeed(studio.preferences.speed + 1)],
  ["slower", (studio) => studio.setSpeed(studio.preferences.speed - 1)],
];

const chosen = (draw: () => number, actions: Action[], count: number): Action[] =>
  Array.from({ length: count }, () => actions[Math.floor(draw() * actions.length)]!);

/** What of all that is handed out as belonging to the place at the cursor says that it is of another. */
function misplaced(view: RunView, server: NamingServer): unknown[] {
  const { run, cursor, sample, selection, frame, moment } = view;
  if (!run) return [];
  const iteration = { run: run.id, t: cursor.iteration };
  const loss = server.lossAt(run.id, cursor.iteration);
  const row = sample === "mean" ? 0 : sample;
  const wanted: { [kind: string]: Of } = {
    samples: { run: run.id },
    summary: iteration,
    evaluation: iteration,
    boundary: iteration,
    gradientCheck: iteration,
    variants: iteration,
    stepDetail: { ...iteration, step: cursor.step },
    derivation: { ...iteration, cell: selection!, sample: sample === "mean" ? undefined : row },
    paths: { ...iteration, cell: { value: "dense1.weight", index: selection?.index ?? [] }, sample: row },
  };
  const details = Object.entries(wanted).map(([kind, of]) => {
    const found = view[kind as "evaluation"] as unknown as { of: Of } | null;
    return found && JSON.stringify(sorted(found.of)) !== JSON.stringify(sorted(of))
      ? [kind, found.of, of]
      : null;
  });
  const numbers = {
    program: (view.program as unknown as { of: Of }).of.run === run.id,
    moment: moment === null || (moment.iteration === cursor.iteration && lossIn(moment.trace) === loss),
    frame:
      frame === null ||
      (frame.number("loss") === loss && frame.number("sample") === (sample === "mean" ? -1 : sample)),
    number: [null, loss].includes(view.number({ value: "loss", index: [] })),
    weights: [undefined, loss].includes(view.weights("dense1.weight")?.data[0]),
    history: view.history.loss.every((x, t) => Number.isNaN(x) || x === server.lossAt(run.id, t)),
    scores: view.history.train.every(({ iteration: t, value }) => value === server.lossAt(run.id, t)),
    told: view.told === null || (view.told as unknown as { of: Of }).of.run === run.id,
    scored: view.scored === null || (view.scored as unknown as { of: Of }).of.run === run.id,
  };
  const wrong = Object.entries(numbers).filter(([, right]) => !right);
  return [...details.filter((found) => found), ...wrong];
}
const sorted = (of: Of) => [of.run, of.t, of.step, of.sample, of.cell?.value, of.cell?.index];
const lossIn = (trace: Values) => trace.get("loss")?.data[0];

/** Where somebody is in the end, and in which run. */
const placeOf = ({ view, form }: Studio) => ({
  run: view.run?.id,
  cursor: view.cursor,
  sample: view.sample,
  selection: view.selection,
  term: view.term,
  draft: form.draft,
});

async function opened(server: NamingServer): Promise<Studio> {
  const studio = new Studio(server as unknown as Client);
  const starts = studio.load().then(() => studio.openPreset("first"));
  await vi.advanceTimersByTimeAsync(5000);
  await starts;
  return studio;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (draw: (now: number) => void) =>
    setTimeout(() => draw(performance.now()), 16),
  );
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("with a server that answers when it likes", () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);

  it.each(seeds)("nothing is ever shown under another place (%i)", async (seed) => {
    const draw = drawn(seed);
    const server = new NamingServer(() => 600 * draw() ** 3);
    const studio = await opened(server);
    const [done, wrong]: [string[], unknown[]] = [[], []];
    for (const [name, run] of chosen(draw, [...ACTIONS, ...PLAYING, ...PLAYING], 40)) {
      void run(studio);
      done.push(name);
      for (let look = 0; look < 4; look++) {
        wrong.push(...misplaced(studio.view, server).map((found) => [done.join(", "), found]));
        await vi.advanceTimersByTimeAsync(60 * draw() ** 2);
      }
      if (wrong.length) break;
    }
    studio.view.pause();
    expect([wrong, studio.trouble]).toEqual([[], null]);
  });

  it.each(seeds)(
    "no press is lost: all ends where somebody ends who waits for each answer (%i)",
    async (seed) => {
      const draw = drawn(1000 + seed);
      const actions = chosen(draw, ACTIONS, 14);
      const hasty = await opened(new NamingServer(() => 400 * draw() ** 2));
      for (const [, run] of actions) {
        void run(hasty);
        await vi.advanceTimersByTimeAsync(120 * draw() ** 4);
      }
      await vi.advanceTimersByTimeAsync(60_000);
      const patient = await opened(new NamingServer(() => 0));
      for (const [, run] of actions) {
        void run(patient);
        await vi.advanceTimersByTimeAsync(1000);
      }
      expect([actions.map(([name]) => name).join(", "), placeOf(hasty)]).toEqual([
        actions.map(([name]) => name).join(", "),
        placeOf(patient),
      ]);
    },
  );
});

const slow = () => new NamingServer(() => 300);
const wait = (time: number) => vi.advanceTimersByTimeAsync(time);

describe("a step by a term", () => {
  it("waits for the number of terms, however fast it is pressed", async () => {
    const { view } = await opened(slow());
    view.goToStep(3);
    for (let press = 0; press < TERMS + 2; press++) view.move(1, "term");
    await wait(5000);
    expect([view.selection, view.term]).toEqual([{ value: "dense1.weight.grad", index: [1, 0] }, 1]);
  });
});

describe("a setting", () => {
  it("put back while it is on its way to a branch ends as it was put last", async () => {
    const { view, form } = await opened(slow()).then(async (studio) => {
      studio.view.goToIteration(6);
      await wait(1000);
      void studio.form.set("optimizer.learning_rate", 0.5);
      void studio.form.set("optimizer.learning_rate", 0.1);
      await wait(3000);
      return studio;
    });
    const rates = view.config?.edits.map((edit) => "set" in edit && edit.set["optimizer.learning_rate"]);
    expect([rates, form.field("optimizer.learning_rate")]).toEqual([[0.5, 0.1], 0.1]);
  });
});

describe("playing", () => {
  it("begins with the iteration that it starts at and leaves none out", async () => {
    const { view } = await opened(slow());
    view.goToIteration(7);
    await wait(2000);
    view.toggle();
    const seen = new Set<string>();
    for (let look = 0; look < 80; look++) {
      await wait(10);
      seen.add(`${view.cursor.iteration} ${view.steps[view.cursor.step]?.phase}`);
    }
    view.pause();
    expect([...seen].slice(0, 5)).toEqual([
      "7 batch",
      "7 backward",
      "8 backward",
      "9 backward",
      "10 backward",
    ]);
  });

  it("begun while a branch is being opened plays the branch, from where it begins", async () => {
    const server = slow();
    const studio = await opened(server);
    studio.view.goTo({ iteration: 23, step: 1 });
    await wait(2000);
    void studio.form.set("optimizer.learning_rate", 2.5);
    studio.view.toggle();
    const before = [studio.view.playing, studio.view.goesOn, studio.view.cursor.iteration];
    await wait(700);
    const wrong: unknown[] = [];
    for (let look = 0; look < 100; look++) {
      wrong.push(...misplaced(studio.view, server));
      await wait(20);
    }
    const { cursor, playing, history, run } = studio.view;
    expect([before, wrong, playing, cursor.iteration > 30]).toEqual([[false, true, 23], [], true, true]);
    expect([run?.config.edits.length, history.loss.some(Number.isNaN)]).toEqual([1, false]);
    studio.view.pause();
  });

  it("begun and stopped again while a run is being opened stays", async () => {
    const studio = await opened(slow());
    void studio.openPreset("second");
    studio.view.toggle();
    studio.view.toggle();
    await wait(3000);
    expect([studio.view.run?.config.seed, studio.view.playing, studio.view.cursor]).toEqual([
      1,
      false,
      { iteration: 0, step: 0 },
    ]);
  });

  it("goes on in the run that is opened meanwhile, and on if that is refused", async () => {
    const server = slow();
    const studio = await opened(server);
    studio.view.toggle();
    await wait(1000);
    void studio.openPreset("second");
    await wait(2000);
    const { playing, run } = studio.view;
    server.createRun = () =>
      Promise.reject(new ApiError({ status: 422, errors: [{ path: "seed", message: "no" }] }));
    void studio.form.set("seed", 7);
    await wait(2000);
    expect([playing, run?.config.seed, studio.view.playing, studio.view.run?.config.seed]).toEqual([
      true,
      1,
      true,
      1,
    ]);
    studio.view.pause();
  });

  it("has the scores and the findings follow, each with its iteration", async () => {
    const studio = await opened(slow());
    studio.view.toggle();
    await wait(4000);
    const { told, scored, cursor } = studio.view;
    const behind = [told, scored].map((found) => cursor.iteration - found!.iteration);
    studio.view.pause();
    expect(behind.every((iterations) => iterations > 0 && iterations < 40)).toBe(true);
    await wait(2000);
    expect([studio.view.told?.iteration, studio.view.evaluation?.iteration]).toEqual([
      studio.view.cursor.iteration,
      studio.view.cursor.iteration,
    ]);
  });

  it("shows nothing of the sample before while the frames of another are on their way", async () => {
    const studio = await opened(slow());
    studio.view.toggle();
    await wait(1500);
    const before = studio.view.fresh;
    studio.view.setSample(2);
    const meanwhile = [studio.view.fresh, studio.view.frame];
    await wait(1500);
    expect([before, meanwhile, studio.view.frame?.number("sample")]).toEqual([true, [false, null], 2]);
    studio.view.pause();
  });
});

describe("a view that is closed", () => {
  it("plays no more, and asks nothing", async () => {
    const { view } = await opened(slow());
    view.toggle();
    await wait(1000);
    view.close();
    const { iteration } = view.cursor;
    await wait(2000);
    expect([view.playing, view.cursor.iteration]).toEqual([false, iteration]);
  });
});

describe("two runs looked at at once", () => {
  it("move, play and are asked about each by itself", async () => {
    const server = new NamingServer(() => 40);
    const studio = await opened(server);
    const signal = new AbortController().signal;
    const made = server
      .createRun({ ...studio.presets[1]!.config })
      .then((run) => studio.viewOf(run, { iteration: 5 }, signal));
    await vi.advanceTimersByTimeAsync(500);
    const [one, other] = [studio.view, await made];
    other.begin();
    one.select({ value: "loss", index: [] });
    other.select({ value: "dense1.weight.grad", index: [1, 0] });
    other.move(1, "step");
    one.toggle();
    await vi.advanceTimersByTimeAsync(1500);
    one.pause();
    await vi.advanceTimersByTimeAsync(1000);
    expect([misplaced(one, server), misplaced(other, server)]).toEqual([[], []]);
    expect([one.cursor.iteration > 5, other.cursor, one.derivation?.value, other.derivation?.value]).toEqual([
      true,
      { iteration: 5, step: 1 },
      "loss",
      "dense1.weight.grad",
    ]);
  });
});
