import type { FieldError, RunConfig, SearchAxis, SearchInfo, SearchRequest } from "../../api/types";
import { type AxisDraft, axisText, readAxis } from "./axes";

export type Method = SearchRequest["method"];
export const METHODS = [
  { value: "grid", text: "grid", title: "Every combination of values" },
  { value: "random", text: "random", title: "As many settings as trials says, drawn" },
  { value: "halving", text: "halving", title: "All a little way, the better half further, and so on" },
] as const;
export const OBJECTIVES = [
  { value: "test_loss@last", text: "test loss", at: "at the end" },
  { value: "test_loss@least", text: "test loss", at: "at its least" },
  { value: "train_loss@last", text: "train loss", at: "at the end" },
  { value: "test_accuracy@last", text: "test accuracy", at: "at the end" },
] as const;
export const UNTIL = "iterations until ";
/** What an objective is called: "test loss". */
export const objectiveTitle = (objective: string): string =>
  OBJECTIVES.find(({ value }) => value === objective)?.text ??
  (objective.startsWith(UNTIL) ? "iterations needed" : objective);

/** What is asked for, as it is typed. */
export interface Draft {
  base: RunConfig | null;
  baseTitle: string;
  axes: AxisDraft[];
  method: Method;
  trials: string;
  seeds: string;
  iterations: string;
  rungs: string;
  objective: string;
  condition: string;
}

/** Three seeds of a rate of the base's: the smallest search that tells anything. */
export const emptyDraft = (): Draft => ({
  base: null,
  baseTitle: "",
  axes: [],
  method: "grid",
  trials: "40",
  seeds: "3",
  iterations: "500",
  rungs: "100 400",
  objective: "test_loss@last",
  condition: "train_loss < 0.1",
});

/** A search as it would be typed. */
export function draftOf({ search }: SearchInfo): Partial<Draft> {
  const { base, axes, method, trials, seeds, iterations, rungs } = search as unknown as SearchRequest;
  const list = seeds as number[];
  const regular = list.every((seed, i) => seed === Number(base.seed) + i);
  const objective = String(search.objective);
  const until = objective.startsWith(UNTIL);
  return {
    base,
    baseTitle: String(base.data?.name ?? "own data").replaceAll("_", " "),
    axes: axes.map((axis) => ({ path: axis.path, text: axisText(axis) })),
    method,
    seeds: regular ? String(list.length) : list.join(" "),
    iterations: String(iterations),
    objective: until ? UNTIL : objective,
    ...(trials ? { trials: String(trials) } : {}),
    ...(rungs ? { rungs: rungs.join(" ") } : {}),
    ...(until ? { condition: objective.slice(UNTIL.length) } : {}),
  };
}

/** How many trials a draft comes to; null while that cannot be told. */
export function trialsOf(draft: Draft): number | null {
  const seeds = numbersIn(draft.seeds);
  const sizes = draft.axes.map((axis) => {
    const read = readAxis(axis);
    return typeof read === "string" || !("values" in read) ? Number.NaN : read.values.length;
  });
  const product = sizes.reduce((a, b) => a * b, 1);
  const drawn = draft.method === "random" || (draft.method === "halving" && Number.isNaN(product));
  const total =
    (drawn ? Number(draft.trials) : product) * (seeds.length > 1 ? seeds.length : (seeds[0] ?? 0));
  return total > 0 ? total : null;
}

/** The request that a draft means, or what is wrong with its axes; nothing of it where there is no base yet. */
export function requestOf(draft: Draft): SearchRequest | FieldError[] {
  const axes = draft.axes.map(readAxis);
  const mistakes = axes.flatMap((axis, i) =>
    typeof axis === "string" ? [{ path: `axes[${i}]`, message: axis } as FieldError] : [],
  );
  if (mistakes.length || !draft.base) return mistakes;
  const seeds = numbersIn(draft.seeds);
  const halving = draft.method === "halving";
  const ranged = axes.some((axis) => typeof axis !== "string" && !("values" in axis));
  return {
    base: draft.base,
    axes: axes as SearchAxis[],
    method: draft.method,
    seeds: seeds.length > 1 ? seeds : (seeds[0] ?? 0),
    objective: draft.objective === UNTIL ? UNTIL + draft.condition : draft.objective,
    ...(halving ? { rungs: numbersIn(draft.rungs) } : { iterations: Number(draft.iterations) }),
    ...(draft.method === "random" || (halving && ranged) ? { trials: Number(draft.trials) } : {}),
  };
}

const numbersIn = (text: string) =>
  text
    .trim()
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
