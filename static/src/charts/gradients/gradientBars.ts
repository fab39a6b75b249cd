/** A logarithmic axis in whole decades: from 10^low to 10^high. */
export interface Decades {
  low: number;
  high: number;
}

/** What most gradients fit into; the axis starts with it. */
export const USUAL_NORMS: Decades = { low: -4, high: 1 };
export const RATIOS: Decades = { low: -6, high: 0 };
/** An update of about a thousandth of its weight is healthy: a decade to either side of it. */
export const HEALTHY: Decades = { low: -4, high: -2 };
/** Beyond this nothing more is told apart. */
const LIMIT = 30;

/** The axis, wider where a number asks for it and never narrower: bars keep their lengths' meaning. */
export function including(axis: Decades, numbers: readonly number[]): Decades {
  let { low, high } = axis;
  for (const x of numbers) {
    if (!Number.isFinite(x) || x <= 0) continue;
    low = Math.min(low, Math.max(-LIMIT, Math.floor(Math.log10(x))));
    high = Math.max(high, Math.min(LIMIT, Math.ceil(Math.log10(x))));
  }
  return low === axis.low && high === axis.high ? axis : { low, high };
}

/** Where a number lies on the axis, 0 to 1; zero and NaN at its start, infinity at its end. */
export function share(x: number, { low, high }: Decades): number {
  if (!(x > 0)) return 0;
  const at = (Math.log10(x) - low) / (high - low);
  return Math.max(0.01, Math.min(1, at));
}

/** Where an angle in degrees lies between 0 and 180, 0 to 1; NaN at its start. */
export const turn = (degrees: number): number =>
  degrees > 0 ? Math.max(0.01, Math.min(1, degrees / 180)) : 0;

/** The decades inside the axis, not its ends, at most about a dozen. */
export function marks({ low, high }: Decades): number[] {
  const step = Math.ceil((high - low) / 12);
  const found: number[] = [];
  for (let decade = low + step; decade < high; decade += step) found.push(decade);
  return found;
}
