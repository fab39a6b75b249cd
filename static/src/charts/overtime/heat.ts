import type { LayersCourse } from "../../api/types";

export type Figure = "gradient_norm" | "update_ratio" | "dead" | "saturated";

export const FIGURES: readonly { value: Figure; text: string; title: string }[] = [
  { value: "gradient_norm", text: "gradient", title: "Norm of the gradient of each layer's parameters" },
  { value: "update_ratio", text: "update", title: "Norm of each layer's update over that of its parameters" },
  { value: "dead", text: "dead", title: "Share of units whose slope is 0 on every sample of the batch" },
  { value: "saturated", text: "saturated", title: "Share of cells where the activation is nearly flat" },
];

export interface Row {
  name: string;
  numbers: ArrayLike<number>;
}

/** The layers that have a figure. */
export const rowsOf = (course: LayersCourse, figure: Figure): Row[] =>
  course.layers.flatMap(({ name, [figure]: numbers }) => (numbers ? [{ name, numbers }] : []));

/** What the shades go from and to; in powers of ten where it is `log`. */
export interface Shades {
  low: number;
  high: number;
  log: boolean;
}

/** Norms and ratios in whole powers of ten around what there is; shares from 0 to 1. */
export function shadesOf(rows: readonly Row[], figure: Figure): Shades {
  if (figure === "dead" || figure === "saturated") return { low: 0, high: 1, log: false };
  const there = rows.flatMap(({ numbers }) => Array.from(numbers)).filter((x) => x > 0 && Number.isFinite(x));
  if (!there.length) return { low: 0.1, high: 1, log: true };
  const least = there.reduce((a, b) => Math.min(a, b));
  const most = there.reduce((a, b) => Math.max(a, b));
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return { low: 10 ** Math.min(low, high - 1), high: 10 ** high, log: true };
}

/** From 0 to 1; null for what is no number, and for what is past every one. */
export function shareOf(x: number, { low, high, log }: Shades): number | null {
  if (!Number.isFinite(x)) return null;
  if (!log) return Math.max(0, Math.min(1, (x - low) / (high - low)));
  if (x <= 0) return 0;
  const share = (Math.log10(x) - Math.log10(low)) / (Math.log10(high) - Math.log10(low));
  return 0.06 + 0.94 * Math.max(0, Math.min(1, share));
}

/** The column that holds an iteration: the last one not after it. */
export function columnAt(iterations: ArrayLike<number>, t: number): number {
  let at = 0;
  while (at + 1 < iterations.length && iterations[at + 1]! <= t) at++;
  return at;
}
