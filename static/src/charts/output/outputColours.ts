import { between, type Colour, channels, diverging, divergingTable, type Palette } from "../../common/colour";
import { type Field, leader, type Reading, tone } from "./output";

/** Classes beyond two: told apart also by people who see few colours (after Okabe and Ito, with Tol's wine and teal). */
const CLASSES = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#d55e00",
  "#56b4e9",
  "#aa4499",
  "#b3a100",
  "#44aa99",
  "#888888",
];

/** Two classes carry the signs of the numbers that stand for them; more have colours of their own. */
export const classColour = (label: number, classes: number, colours: Palette): string =>
  classes > 2 ? CLASSES[label % CLASSES.length]! : label > 0 ? colours.positive : colours.negative;

/** A map in full colour would swallow the points on it. */
const SOFT = 0.86;

function signedTint(field: Field, reading: Reading, dark: boolean, nothing: Colour) {
  const table = divergingTable(dark);
  return (cell: number): Colour => {
    const t = tone(field, cell, reading);
    if (Number.isNaN(t)) return nothing;
    const at = 4 * Math.round(((t * SOFT + 1) / 2) * 255);
    return [table[at]!, table[at + 1]!, table[at + 2]!];
  };
}

function classTint(field: Field, reading: Reading, paper: Colour) {
  const full = CLASSES.map(channels);
  return (cell: number): Colour => {
    const [label, lead] = leader(field, cell, reading.logits);
    const strong = SOFT * Math.max(0.15, lead || 0);
    return between(paper, full[label % full.length]!, strong);
  };
}

/** RGBA of a square map, top row first: the grid's rows go up, a picture's go down. */
export function mapPixels(
  field: Field,
  reading: Reading,
  dark: boolean,
  colours: Palette,
): Uint8ClampedArray<ArrayBuffer> {
  const size = field.resolution;
  const pixels = new Uint8ClampedArray(size * size * 4);
  const tint =
    reading.kind === "classes"
      ? classTint(field, reading, channels(colours.paper))
      : signedTint(field, reading, dark, channels(colours.hair));
  for (let cell = 0; cell < size * size; cell++) {
    const row = size - 1 - Math.floor(cell / size);
    pixels.set([...tint(cell), 255], 4 * (row * size + (cell % size)));
  }
  return pixels;
}

/** The colour of a signed number on the scale of the map, -1 to 1, as points carry it. */
export function signedColour(t: number, dark: boolean): string {
  const [r, g, b] = diverging(t, dark);
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;
}

/** The map's scale as a CSS gradient. */
export function toneGradient(dark: boolean): string {
  const stops = Array.from({ length: 9 }, (_, i) => signedColour(SOFT * (i / 4 - 1), dark));
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}
