import { describe, expect, it } from "vitest";
import type { Cure, Edit, Run, RunConfig } from "../../api/types";
import { CureTrials, TRIAL } from "./cureTrials.svelte";

const RUN = { id: "as it is", config: { loss: "mse", edits: [] } } as unknown as Run;
const FROM = { run: RUN, cursor: { iteration: 7 } };
const cure = (title: string, more: object) => ({ title, why: "", ...more }) as Cure;
const SLOWER = cure("slower", { edits: [{ iteration: 7, set: {} }] });
const OTHER = cure("other loss", { config: { loss: "bce" } });

/** Where the pieces end in which the 108 iterations are asked for. */
const ENDS = [11, 22, 33, 44, 55, 66, 77, 88, 99, 108];
const LOSSES: { [id: string]: number } = { "as it is": 1, "as it is, 1 edit": 0.5, new: 0.25 };

/** Says of every run its losses by its id and the iteration that was asked for. */
const server = (fails = false) => ({
  branch: async (id: string, edits: Edit[]) => ({ ...RUN, id: `${id}, ${edits.length} edit` }),
  createRun: async (config: RunConfig) => ({ ...RUN, id: "new", config }),
  evaluation: async (id: string, t: number, signal?: AbortSignal) => {
    if (fails)
      await new Promise((_, refuse) =>
        signal?.addEventListener("abort", () => refuse(new DOMException("", "AbortError"))),
      );
    return { train: { loss: LOSSES[id]! + t }, test: id === "new" ? null : { loss: 2 * LOSSES[id]! } };
  },
  history: async (id: string, from: number, to: number) => ({
    train_loss: [{ iteration: from, value: LOSSES[id]! }],
    test_loss: id === "new" ? [] : [{ iteration: to, value: 2 * LOSSES[id]! }],
  }),
});
const trials = (fails = false) => new CureTrials(server(fails) as never);

describe("a cure that is tried", () => {
  it("has the training loss of its branch beside that of the run, the same iterations on", async () => {
    const tried = trials();
    await tried.run(FROM, [SLOWER, OTHER]);
    const at = 7 + TRIAL;
    expect([tried.of(FROM, SLOWER), tried.of(FROM, OTHER)]).toEqual([
      {
        at,
        value: 0.5 + at,
        without: 1 + at,
        test: { value: 1, without: 2 },
        course: ENDS.map((iteration) => ({ iteration, value: 1 })),
        before: ENDS.map((iteration) => ({ iteration, value: 2 })),
        comparable: true,
      },
      {
        at,
        value: 0.25 + at,
        without: 1 + at,
        test: null,
        course: [0, ...ENDS.slice(0, -1)].map((iteration) => ({ iteration, value: 0.25 })),
        before: ENDS.map((iteration) => ({ iteration, value: 2 })),
        comparable: false,
      },
    ]);
    expect(tried.of({ ...FROM, cursor: { iteration: 8 } }, SLOWER)).toBe(undefined);
  });

  it("tells after each piece how far it is, with both courses up to there, and nothing once it is over", async () => {
    let asked = 0;
    const seen: unknown[] = [];
    const slow = server();
    const tried = new CureTrials({
      ...slow,
      history: (id: string, from: number, to: number) => {
        const so = tried.trying(FROM, SLOWER);
        if (asked++ < 6 && id === RUN.id) seen.push([so?.reached, so?.course.length, so?.before.length]);
        return slow.history(id, from, to);
      },
    } as never);
    await tried.run(FROM, [SLOWER]);
    expect([seen, tried.trying(FROM, SLOWER), tried.work.running]).toEqual([
      [
        [0, 0, 0],
        [10, 1, 1],
        [21, 2, 2],
      ],
      null,
      false,
    ]);
  });

  it("is called off without a trace", async () => {
    const tried = trials(true);
    const running = tried.run(FROM, [SLOWER, OTHER]);
    await Promise.resolve();
    const during = tried.of(FROM, SLOWER);
    setTimeout(() => tried.work.cancel(), 5);
    await running;
    const after = [
      tried.of(FROM, SLOWER),
      tried.of(FROM, OTHER),
      tried.trying(FROM, SLOWER),
      tried.work.running,
    ];
    expect([during, ...after]).toEqual([null, undefined, undefined, null, false]);
  });
});
