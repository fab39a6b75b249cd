import type { Catalog, RunConfig, SearchRequest } from "../../api/types";
import { exact } from "../../common/format";
import type { NamedConfig } from "../compare/sides";

/** An optimizer that can take part. */
export interface Racer {
  name: string;
  optimizer: RunConfig["optimizer"];
}

/** The learning rates that each is tried with. */
export const RATES = [0.003, 0.01, 0.03, 0.1, 0.3, 1];
const RATE = "optimizer.learning_rate";

const SGD: Racer = { name: "SGD", optimizer: { type: "sgd" } };
const MOMENTUM: Racer = { name: "momentum", optimizer: { type: "sgd", momentum: 0.9 } };
const NESTEROV: Racer = { name: "Nesterov", optimizer: { type: "sgd", momentum: 0.9, nesterov: true } };
const ADAM: Racer = { name: "Adam", optimizer: { type: "adam" } };

/** A race that can be watched without asking for anything. */
export interface ReadyRace {
  title: string;
  preset: string;
  iterations: number;
  racers: readonly Racer[];
}
export const READY: readonly ReadyRace[] = [
  {
    title: "SGD, momentum, Adam on two spirals",
    preset: "spiral",
    iterations: 600,
    racers: [ADAM, SGD, MOMENTUM],
  },
  {
    title: "SGD, momentum, Adam on a circle",
    preset: "circle",
    iterations: 300,
    racers: [ADAM, SGD, MOMENTUM],
  },
];

/** All that can take part: what the catalog has with a learning rate, and SGD with momentum. */
export function racersOf({ optimizers }: Pick<Catalog, "optimizers">): Racer[] {
  const others = optimizers
    .filter(
      ({ name, parameters }) => name !== "sgd" && parameters.some((one) => one.name === "learning_rate"),
    )
    .map(({ name, title }) => ({ name: title, optimizer: { type: name } }));
  return [SGD, MOMENTUM, NESTEROV, ...others];
}

/** The search that finds a racer's best rate: one start, one order of batches, the base's own seed. */
export const searchFor = (base: RunConfig, { optimizer }: Racer, iterations: number): SearchRequest => ({
  base: { ...base, optimizer, edits: [] },
  axes: [{ path: RATE, values: RATES }],
  method: "grid",
  seeds: 1,
  iterations,
  objective: "train_loss@last",
});

export const rateOf = ({ optimizer }: RunConfig): number | null =>
  typeof optimizer?.learning_rate === "number" ? optimizer.learning_rate : null;

/** "best η of 6", with what lies at the edge of the grid said. */
export function rateWords({ config, rates }: NamedConfig): string {
  const rate = rateOf(config);
  if (rate === null) return "";
  return rates ? `η ${exact(rate)}, best of ${rates.length}` : `η ${exact(rate)}`;
}

/** A best rate at the edge of the grid is none that one can be sure of. */
export function edgeWords({ name, config, rates }: NamedConfig): string {
  const rate = rateOf(config);
  if (!rates || rate === null || rates.length < 2) return "";
  if (rate === Math.max(...rates))
    return `${name} does best with the largest rate tried: a larger one may do better.`;
  if (rate === Math.min(...rates))
    return `${name} does best with the smallest rate tried: a smaller one may do better.`;
  return "";
}

/** Whether runs differ in nothing but how they are updated: else no race is fair. */
export function isRace(runs: readonly NamedConfig[]): boolean {
  const rest = runs.map(({ config: { optimizer: _, ...others } }) => JSON.stringify(others));
  return runs.length > 1 && new Set(rest).size === 1;
}

/** What all of a race share, and how each of their rates was chosen. */
export function raceWords(runs: readonly NamedConfig[]): string {
  if (runs.length < 2) return "";
  if (!isRace(runs)) return "These runs differ in more than the optimizer: paths to look at, no race.";
  const chosen = runs.filter(({ rates }) => rates).length;
  const start = "One start, one order of batches";
  if (chosen === runs.length && new Set(runs.map(({ rates }) => rates!.length)).size === 1)
    return `${start}, each at the best of ${runs[0]!.rates!.length} rates (train loss at the end).`;
  return chosen
    ? `${start}; ${chosen} of ${runs.length} at the best of its rates.`
    : `${start}, each at a rate that was given.`;
}
