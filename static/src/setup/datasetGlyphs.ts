/** A small sign for each data set: SVG paths in a 24 x 24 box, one for each of two classes. */
export interface Glyph {
  positive: string;
  negative: string;
  /** Lines instead of areas. */
  stroked?: boolean;
}

const disc = (x: number, y: number, r: number) =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const box = (x: number, y: number, size: number) => `M${x} ${y}h${size}v${size}h${-size}z`;
const grid = (cells: readonly [number, number][], size: number) =>
  cells.map(([x, y]) => box(x, y, size)).join("");
/** Tokens in a line, and bars that rise. */
const row = (xs: readonly number[], y: number, size = 4) => xs.map((x) => box(x, y, size)).join("");
const bars = (heights: readonly number[]) =>
  heights.map((height, i) => `M${3 + 5 * i} 21v${-height}h3v${height}z`).join("");

export const GLYPHS: { [dataset: string]: Glyph } = {
  circle: { positive: disc(12, 12, 4), negative: `${disc(12, 12, 10)}${disc(12, 12, 7)}` },
  xor: {
    positive: grid(
      [
        [3, 13],
        [13, 3],
      ],
      8,
    ),
    negative: grid(
      [
        [3, 3],
        [13, 13],
      ],
      8,
    ),
  },
  gauss: { positive: disc(16.5, 7.5, 5), negative: disc(7.5, 16.5, 5) },
  spiral: {
    positive: "M12 12c0-4 6-4 6 1s-9 8-13 3",
    negative: "M12 12c0 4-6 4-6-1s9-8 13-3",
    stroked: true,
  },
  moons: { positive: "M2.5 15.5a6 7.5 0 0 1 13 0", negative: "M8.5 8.5a6 7.5 0 0 0 13 0", stroked: true },
  checkerboard: {
    positive: grid(
      [
        [3, 3],
        [15, 3],
        [9, 9],
        [3, 15],
        [15, 15],
      ],
      6,
    ),
    negative: grid(
      [
        [9, 3],
        [3, 9],
        [15, 9],
        [9, 15],
      ],
      6,
    ),
  },
  sine: { positive: "M2 12c3-12 7-12 10 0", negative: "M12 12c3 12 7 12 10 0", stroked: true },
  plane: { positive: "M21 3v18L3 3z", negative: "M3 3v18h18z" },
  iris: {
    positive: "M12 11c-4-3-4-7 0-9c4 2 4 6 0 9z",
    negative: "M11 13c-4-2-8 0-9 4c4 3 8 0 9-4zM13 13c4-2 8 0 9 4c-4 3-8 0-9-4z",
  },
  penguins: {
    positive: "M12 2c5 0 7 6 7 11s-3 9-7 9s-7-4-7-9s2-11 7-11z",
    negative: "M12 10c3 0 4 3 4 6s-2 5-4 5s-4-2-4-5s1-6 4-6z",
  },
  wine: { positive: "M10.8 13h2.4v7H17v2H7v-2h3.8z", negative: "M7 2h10c1 7-1 11-5 11s-6-4-5-11z" },
  breast_cancer: { positive: disc(13.5, 10.5, 3.5), negative: `${disc(12, 12, 10)}${disc(13.5, 10.5, 5)}` },
  digits: {
    positive: grid(
      [
        [8, 2],
        [12, 2],
        [4, 6],
        [16, 6],
        [8, 10],
        [12, 10],
        [4, 14],
        [16, 14],
        [8, 18],
        [12, 18],
      ],
      4,
    ),
    negative: "",
  },
  copy: { positive: row([2, 7, 12], 5), negative: row([9, 14, 19], 15) },
  reverse: { positive: "M3 8h17l-4-4M20 8l-4 4", negative: "M21 17H4l4-4M4 17l4 4", stroked: true },
  sort: { positive: bars([5, 9, 13, 17]), negative: "" },
  parity: { positive: `${row([2, 12], 5)}${box(7, 15, 8)}`, negative: row([7, 17], 5) },
  first_token: { positive: box(2, 8, 7), negative: row([11, 15.5, 20], 11, 3) },
  text: { positive: "M3 6h11M3 12h14M3 18h7", negative: "M18 6h3M21 12v0M14 18h4", stroked: true },
  wave: { positive: "M1 12c2.5-10 5-10 7.5 0s5 10 7.5 0", negative: "M16 12c2-8 4-9 6-3", stroked: true },
};

/** For data given inline, and for sets that have no sign of their own: a table. */
export const TABLE: Glyph = {
  positive: grid(
    [
      [3, 3],
      [10, 3],
      [17, 3],
    ],
    4,
  ),
  negative: grid(
    [
      [3, 10],
      [10, 10],
      [17, 10],
      [3, 17],
      [10, 17],
      [17, 17],
    ],
    4,
  ),
};
