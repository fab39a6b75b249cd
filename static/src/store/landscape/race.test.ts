import { expect, it } from "vitest";
import type { Catalog, RunConfig } from "../../api/types";
import { edgeWords, isRace, RATES, racersOf, raceWords, rateWords, searchFor } from "./race";

const config = (optimizer: object, more: object = {}) =>
  ({ seed: 1, layers: [{ type: "dense", units: 2 }], optimizer, edits: [], ...more }) as unknown as RunConfig;
const run = (name: string, rate: number, rates?: number[], more?: object) => ({
  name,
  config: config({ type: "sgd", learning_rate: rate }, more),
  ...(rates ? { rates } : {}),
});

it("a racer's rates are searched from the base's own start, its edits left out", () => {
  const base = config({ type: "sgd", learning_rate: 0.1 }, { edits: [{ iteration: 3, set: {} }] });
  expect(searchFor(base, { name: "Adam", optimizer: { type: "adam" } }, 60)).toEqual({
    base: { ...base, optimizer: { type: "adam" }, edits: [] },
    axes: [{ path: "optimizer.learning_rate", values: RATES }],
    method: "grid",
    seeds: 1,
    iterations: 60,
    objective: "train_loss@last",
  });
});

it("all optimizers with a learning rate can take part, SGD with momentum too", () => {
  const optimizers = [
    { name: "sgd", title: "SGD", parameters: [{ name: "learning_rate" }] },
    { name: "adam", title: "Adam", parameters: [{ name: "learning_rate" }] },
    { name: "free", title: "Free", parameters: [] },
  ];
  expect(racersOf({ optimizers } as unknown as Catalog).map(({ name }) => name)).toEqual([
    "SGD",
    "momentum",
    "Nesterov",
    "Adam",
  ]);
});

it("says how a rate was chosen, and when the grid should be wider", () => {
  const rates = [0.01, 0.1, 1];
  expect([run("SGD", 0.1), run("SGD", 0.1, rates)].map(rateWords)).toEqual(["η 0.1", "η 0.1, best of 3"]);
  expect([0.01, 0.1, 1].map((rate) => edgeWords(run("SGD", rate, rates)))).toEqual([
    "SGD does best with the smallest rate tried: a smaller one may do better.",
    "",
    "SGD does best with the largest rate tried: a larger one may do better.",
  ]);
});

it("calls a race only what differs in nothing but the optimizer", () => {
  const rates = [0.1, 1];
  const fair = [run("SGD", 0.1, rates), run("Adam", 1, rates)];
  expect([isRace(fair), isRace([fair[0]!, run("B", 0.1, rates, { seed: 2 })]), isRace([fair[0]!])]).toEqual([
    true,
    false,
    false,
  ]);
  expect(raceWords(fair)).toBe(
    "One start, one order of batches, each at the best of 2 rates (train loss at the end).",
  );
  expect(raceWords([fair[0]!, run("B", 0.1)])).toBe(
    "One start, one order of batches; 1 of 2 at the best of its rates.",
  );
  expect(raceWords([run("A", 0.2), run("B", 0.1)])).toBe(
    "One start, one order of batches, each at a rate that was given.",
  );
  expect(raceWords([run("A", 0.2), run("B", 0.1, undefined, { seed: 2 })])).toBe(
    "These runs differ in more than the optimizer: paths to look at, no race.",
  );
  expect(raceWords([run("A", 0.2)])).toBe("");
});
