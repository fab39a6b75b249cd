/** How a number becomes a width, a size or a shade in the network picture. Fixed scales: pictures can be compared. */

const WIDEST_LINE = 9;
/** Gradients from this on are drawn larger than the smallest dot: six powers of ten up to 1. */
const DECADES = 6;

/** Width of an edge in pixels: proportional to |w| above a hairline. */
export function edgeWidth(weight: number): number {
  if (!Number.isFinite(weight)) return 1.5;
  return Math.min(WIDEST_LINE, 0.5 + 2 * Math.abs(weight));
}

/** Small weights are faint. */
export function edgeAlpha(weight: number): number {
  if (!Number.isFinite(weight)) return 1;
  return 0.16 + 0.3 * Math.min(1, Math.abs(weight));
}

/** 0 for nothing and for 1e-6, 1 for 1 and more: the logarithm of a magnitude. */
export function logSize(x: number): number {
  if (Number.isNaN(x) || !Number.isFinite(x)) return 1;
  if (x === 0) return 0;
  return Math.max(0, Math.min(1, (Math.log10(Math.abs(x)) + DECADES) / DECADES));
}

/** How strongly the rim of a unit says that a gradient has come: it fades with every power of ten. */
export const rimAlpha = (x: number): number => 0.12 + 0.88 * logSize(x);

/** Diameter of the dots in which a gradient (or an update) rides on its edge; 0: there is none. */
export const dotWidth = (x: number): number => (x === 0 ? 0 : 0.9 + 2.3 * logSize(x));

/** Radius of a pulse that carries this number; 0: there is none. */
export const pulseRadius = (x: number): number => (x === 0 ? 0 : 1.5 + 4.5 * logSize(x));

/** What becomes the surface's own colour, and how far from it the full colour is; null where there is no bound. */
export interface Scale {
  middle: number;
  reach: number | null;
}

/** A value as a shade from -1 to 1: linear over a bounded range, v / (1 + |v|) where there is no bound. */
export const shade = (value: number, { middle, reach }: Scale): number =>
  reach === null ? value / (1 + Math.abs(value)) : (value - middle) / reach;

/**
 * The scale of an activation: around 0, so that colour is sign. Only where an output stands for two classes is the
 * middle between them, as in the picture of the decision boundary.
 */
export function scaleOf(range: { minimum: number; maximum: number } | undefined, parts: boolean): Scale {
  const { minimum, maximum } = range ?? { minimum: -Infinity, maximum: Infinity };
  if (!Number.isFinite(minimum) || !Number.isFinite(maximum)) return { middle: 0, reach: null };
  if (parts) return { middle: (minimum + maximum) / 2, reach: (maximum - minimum) / 2 };
  return { middle: 0, reach: Math.max(Math.abs(minimum), Math.abs(maximum)) };
}

/** Entry in a table of 256 shades. */
export const shadeIndex = (t: number): number => Math.round((Math.max(-1, Math.min(1, t)) + 1) * 127.5);
