import type { Run } from "../api/types";
import { format } from "./format";

/** From the model's unit to the one that the data came in: own = model * deviation + mean. */
export interface Scale {
  mean: number;
  deviation: number;
}

const scaleOf = (mean = 0, deviation = 1): Scale | null =>
  mean === 0 && deviation === 1 ? null : { mean, deviation };

/** Of an input; null where the model sees it as it came. */
export const inputScale = (run: Run | null, i: number): Scale | null =>
  scaleOf(run?.own_units?.mean[i], run?.own_units?.deviation[i]);

/** Of the targets. */
export const targetScale = (run: Run | null): Scale | null =>
  scaleOf(run?.own_units?.target_mean, run?.own_units?.target_deviation);

export const inUnit = (x: number, scale: Scale | null): number =>
  scale ? x * scale.deviation + scale.mean : x;
export const fromUnit = (x: number, scale: Scale | null): number =>
  scale ? (x - scale.mean) / scale.deviation : x;

/** A number in its own unit. */
export const ownText = (x: number, scale: Scale | null): string =>
  scale ? format(inUnit(x, scale), 4) : format(x, 3);

/** The same with the model's behind it. */
export const bothTexts = (x: number, scale: Scale | null): string =>
  scale ? `${ownText(x, scale)} (${format(x, 3)} standardized)` : format(x, 3);
