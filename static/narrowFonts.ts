import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import subsetFont from "subset-font";
import type { Plugin } from "vite";

/** First and last of the characters that a typeface is cut down to. */
type Range = readonly [number, number];

/** What nearly every page is written in; other letters come from the whole typeface, when a name needs one. */
const LATIN: Range[] = [
  [0x20, 0x7e],
  [0xa0, 0xbf],
  [0xd7, 0xd7],
  [0xf7, 0xf7],
  [0x2013, 0x2014],
  [0x2018, 0x2019],
  [0x201c, 0x201d],
  [0x2026, 0x2026],
  [0x2190, 0x2193],
  [0x2212, 0x2212],
];
const GREEK: Range[] = [
  [0x391, 0x3a9],
  [0x3b1, 0x3c9],
  [0x3f5, 0x3f5],
];
/** The weights that the styles ask for. */
const WEIGHTS = { wght: { min: 400, max: 700, default: 400 } };

/** The files of `fonts.css`, each from a whole typeface. */
const NARROWED: Record<string, [string, Range[]]> = {
  "inter-latin": ["inter/files/inter-latin-wght-normal.woff2", LATIN],
  "inter-greek": ["inter/files/inter-greek-wght-normal.woff2", GREEK],
  "jetbrains-mono-latin": ["jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2", LATIN],
  "jetbrains-mono-greek": ["jetbrains-mono/files/jetbrains-mono-greek-wght-normal.woff2", GREEK],
};

const characters = (ranges: Range[]) =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));

/** Cuts the typefaces down to the characters and weights that are used, which halves what a first visit fetches. */
export function narrowFonts(modules: string, target: string): Plugin {
  return {
    name: "narrow-fonts",
    async buildStart() {
      for (const [name, [source, ranges]] of Object.entries(NARROWED)) {
        const text = String.fromCodePoint(...characters(ranges));
        const whole = readFileSync(`${modules}/@fontsource-variable/${source}`);
        const narrowed = await subsetFont(whole, text, { targetFormat: "woff2", variationAxes: WEIGHTS });
        const path = `${target}/${name}.woff2`;
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, narrowed);
      }
    },
  };
}
