import { rgb } from "d3-color";
import { interpolateRgb, piecewise } from "d3-interpolate";

const TOKENS = [
  "paper",
  "card",
  "ink",
  "mute",
  "hair",
  "positive",
  "negative",
  "forward",
  "backward",
  "update",
  "batch",
] as const;
export type Palette = Record<(typeof TOKENS)[number], string>;

const palettes = new Map<string | undefined, Palette>();

/** The colour tokens of the theme on show as a canvas needs them; read from the style sheet once for each theme. */
export function palette(): Palette {
  const { theme } = document.documentElement.dataset;
  const colours = palettes.get(theme) ?? readPalette();
  palettes.set(theme, colours);
  return colours;
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    TOKENS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Palette;
}

/** Negative, zero, positive: zero is the surface itself, so that only what differs from it is seen. */
const STOPS = {
  light: ["#d6604d", "#f2b8a8", "#fbfaf7", "#a9c6e3", "#2166ac"],
  dark: ["#f4a582", "#8d5f4f", "#161b22", "#3f6680", "#6aaed6"],
};
type Ramp = (t: number) => [number, number, number];
const ramps = new Map<boolean, Ramp>();

/** Colour of a signed quantity: t in [-1, 1]. */
export function diverging(t: number, dark: boolean): [number, number, number] {
  let ramp = ramps.get(dark);
  if (!ramp) {
    const mix = piecewise(interpolateRgb, dark ? STOPS.dark : STOPS.light);
    ramp = (x) => {
      const { r, g, b } = rgb(mix((Math.max(-1, Math.min(1, x)) + 1) / 2));
      return [r, g, b];
    };
    ramps.set(dark, ramp);
  }
  return ramp(t);
}

const tables = new Map<boolean, Uint8ClampedArray>();

/** The same as 256 RGBA entries, -1 first: for maps of many points. */
export function divergingTable(dark: boolean): Uint8ClampedArray {
  let table = tables.get(dark);
  if (!table) {
    table = new Uint8ClampedArray(256 * 4);
    for (let i = 0; i < 256; i++) table.set([...diverging((i / 255) * 2 - 1, dark), 255], i * 4);
    tables.set(dark, table);
  }
  return table;
}

export type Colour = readonly [number, number, number];
export const channels = (colour: string): Colour => {
  const { r, g, b } = rgb(colour);
  return [r, g, b];
};

export const between = (from: Colour, to: Colour, share: number): Colour => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** RGBA of a picture drawn in ink on paper, levels from 0 to 1. */
export function inkPixels(levels: readonly number[], colours: Palette): Uint8ClampedArray<ArrayBuffer> {
  const [paper, ink] = [channels(colours.card), channels(colours.ink)];
  return new Uint8ClampedArray(levels.flatMap((level) => [...between(paper, ink, level), 255]));
}

/** The largest size among numbers: what a colour's full strength stands for. */
export function reachOf(...all: (ArrayLike<number> | null | undefined)[]): number {
  let reach = 0;
  for (const numbers of all)
    for (let i = 0; i < (numbers?.length ?? 0); i++) {
      const size = Math.abs(numbers![i]!);
      if (Number.isFinite(size) && size > reach) reach = size;
    }
  return reach;
}
