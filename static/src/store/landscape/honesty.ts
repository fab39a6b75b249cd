import type { Landscape, LandscapePath } from "../../api/types";
import { count, format } from "../../common/format";

/** What a landscape is told about: the names of its paths, the first that of the run in its centre. */
export interface Told {
  found: Landscape;
  names: readonly string[];
  iteration: number;
}

/** A share in tenths of a percent, as text. */
const tenths = (n: number) => `${(n / 10).toFixed(1)} %`;
/** A share without decimals where it is large. */
const about = (share: number) => {
  if (share > 0 && share < 0.0005) return "under 0.1 %";
  return `${share < 0.0095 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
};

/** Shares of the plane's two directions and of the rest, which as they are written come to 100.0 %. */
export function sharesOf(explained: readonly number[]): {
  first: string;
  second: string;
  rest: string;
  plane: string;
} {
  const parts = [explained[0]!, explained[1]!, 1 - explained[0]! - explained[1]!].map(
    (x) => 1000 * Math.max(0, x),
  );
  const whole = parts.map(Math.floor);
  const order = parts.map((x, i) => [x - whole[i]!, i] as const).toSorted((a, b) => b[0] - a[0]);
  const left = 1000 - whole.reduce((a, b) => a + b, 0);
  for (const [, i] of order.slice(0, Math.max(0, left))) whole[i]! += 1;
  const [first, second, rest] = whole as [number, number, number];
  return { first: tenths(first), second: tenths(second), rest: tenths(rest), plane: tenths(first + second) };
}

/** How many numbers are drawn as two. */
export const drawnAsTwo = (parameters: number): string =>
  parameters === 2 ? "Both parameters are drawn." : `${count(parameters)} parameters, drawn as 2.`;

/** Where the picture is exact. */
export function exactWhere({ found, names, iteration }: Told): string {
  const centre = found.paths[0]?.points.at(-1);
  const name = names[0] ?? "the run";
  if (!centre || centre.iteration !== iteration || centre.loss !== centre.seen) return "";
  return `Exact only where ${name} is at iteration ${iteration}: ${format(centre.loss, 3)} in both.`;
}

/** How far the ground misleads along one path. */
export const misledWords = ({ misled }: LandscapePath): string =>
  misled ? `median ${about(misled.median)}, worst ${about(misled.worst)}` : "not measured: no loss above 0";

/** How far the ground misleads at the worst: on which path, and how much. */
export function worstMisled({ found, names }: Told): string {
  const worst = found.paths
    .map(({ misled }, i) => ({ misled, name: names[i] ?? "" }))
    .reduce((a, b) => ((b.misled?.worst ?? -1) > (a.misled?.worst ?? -1) ? b : a));
  if (!worst.misled) return "";
  const on = found.paths.length > 1 ? ` on the path of ${worst.name}` : "";
  return `The ground under a dot is off by ${about(worst.misled.worst)} of the true loss at the worst${on}.`;
}

/** What takes part in the plane, by the directions that were asked for. */
export function planeWords(directions: string, names: readonly string[], normalise: "none" | "row"): string {
  const first = names[0] ?? "the run";
  if (directions === "pca")
    return names.length > 1
      ? `p₁ and p₂ hold most of the ${names.length} paths, seen from ${first}.`
      : `p₁ and p₂ hold most of the path of ${first}.`;
  if (directions === "gradient,update")
    return `p₁ is the gradient of this iteration, p₂ what its update has beside it.`;
  if (directions.startsWith("to:"))
    return `p₁ leads to the end of ${names.at(-1)}, p₂ is drawn at random across it.`;
  return normalise === "row"
    ? "p₁ and p₂ are drawn at random, each row as long as that of the weights."
    : "p₁ and p₂ are drawn at random, each of length 1.";
}

/** What batch normalization takes where the parameters are moved; nothing without such. */
export const statisticsWords = ({ statistics }: Landscape): string =>
  ({
    none: "",
    running: "Batch normalization takes the running mean and variance of this iteration everywhere.",
    batch: "Batch normalization takes the mean and variance of the batch at every place.",
  })[statistics];

/** Paths that end before the iteration, because what came after is not finite. */
export const lostWords = ({ found, names, iteration }: Told): string[] =>
  found.paths.flatMap(({ points }, i) => {
    const last = points.at(-1)?.iteration ?? 0;
    return last < iteration ? [`${names[i]} diverged: its path ends at iteration ${last}.`] : [];
  });

/** Who is where at the end of the race, the lowest first. */
export function standings({ found, names, iteration }: Told): string {
  const ends = found.paths
    .map(({ points }, i) => ({ name: names[i] ?? "", end: points.at(-1) }))
    .filter(({ end }) => end?.iteration === iteration && Number.isFinite(end.loss))
    .toSorted((a, b) => a.end!.loss - b.end!.loss);
  const [best, ...others] = ends;
  if (!best || !others.length) return "";
  const rest = others.map(({ name, end }) => `${name} at ${format(end!.loss, 3)}`).join(", ");
  return `After ${iteration} iterations ${best.name} is lowest, at ${format(best.end!.loss, 3)}; ${rest}.`;
}
