import { unitBox, wholeBox } from "../layout/boxes";
import type { Box, Bundle, Column, Layout, Point } from "../layout/types";
import { isFolded } from "./weightMatrix";

/** What is written below a matrix or a folded layer; `symbol` is that of the weight, which may show its gradient. */
export interface Caption {
  key: string;
  symbol: string;
  text: string;
  x: number;
  y: number;
  bundle: number | null;
}

const LETTER = 6.3;
const WORD_LETTER = 5.8;
const BELOW = 5;
const LINE = 13;
const ROWS = 4;
/** The legend's height. */
const FOOT = 28;
/** Between a caption and the left edge. */
const EDGE = 1;
/** Between a matrix's caption and the texts of the units that it leads to. */
const BEFORE_UNITS = 4;
/** What may follow the number of tokens. */
const OF_SAMPLE = " of sample 1";

/** What a caption may say, the longest first. */
type Choice = Caption[];

/**
 * All that find room: where one would touch its neighbour it is shorter or a line lower, or is left to the tip. On a way
 * around other columns one stands only where there is no other place.
 */
export function captionsOf(layout: Layout): Caption[] {
  const placed: Caption[] = [];
  for (const choice of [...layout.columns.flatMap(columnChoices), ...layout.bundles.map(bundleChoice)]) {
    const rows = Array.from({ length: ROWS }, (_, row) =>
      choice.map((c) => ({ ...c, y: c.y + row * LINE })),
    ).flat();
    const inside = rows.filter(({ y }) => y + LINE <= layout.height - FOOT).map(keptInside);
    const beside = inside.filter((row) => !layout.columns.some((column) => covers(row, column)));
    const apartFromAll = beside.filter((row) => placed.every((other) => apart(row, other)));
    const free = apartFromAll.find((row) => !onWay(row, layout)) ?? apartFromAll[0];
    if (free) placed.push(free);
  }
  return placed;
}

/** Where they stand. */
export const captionBoxes = (layout: Layout): Box[] =>
  captionsOf(layout).map((caption) => ({
    x: caption.x - widthOf(caption) / 2,
    y: caption.y,
    width: widthOf(caption),
    height: LINE,
  }));

/** The first column's is wider than the column itself. */
const keptInside = (caption: Caption): Caption => ({
  ...caption,
  x: Math.max(caption.x, EDGE + widthOf(caption) / 2),
});

/** With a gradient's symbol it is longest, and tokens with the sample that they are of. */
const widthOf = ({ symbol, text }: Caption) =>
  symbol ? (text.length + symbol.length + 5) * LETTER : lettersOf(text) * WORD_LETTER;
const lettersOf = (text: string) => text.length + (text.endsWith("tokens") ? OF_SAMPLE.length : 0);
const apart = (a: Caption, b: Caption) =>
  Math.abs(a.x - b.x) > (widthOf(a) + widthOf(b)) / 2 + 4 || Math.abs(a.y - b.y) >= LINE - 1;

/** Units have texts of their own, which a caption keeps away from by itself. */
function covers(caption: Caption, column: Column): boolean {
  const { x, y, width, height } = wholeBox(column);
  const half = widthOf(caption) / 2;
  const across = caption.x + half > x && caption.x - half < x + width;
  return column.kind !== "units" && across && caption.y + LINE > y && caption.y < y + height;
}

function onWay(caption: Caption, { bundles }: Layout): boolean {
  const [left, right] = [caption.x - widthOf(caption) / 2, caption.x + widthOf(caption) / 2];
  const meets = (a: Point, b: Point) =>
    Math.max(a.x, b.x) > left &&
    Math.min(a.x, b.x) < right &&
    Math.max(a.y, b.y) > caption.y &&
    Math.min(a.y, b.y) < caption.y + LINE;
  return bundles.some(({ way }) => way.some((point, at) => at > 0 && meets(way[at - 1]!, point)));
}

function columnChoices(column: Column): Choice[] {
  if (column.kind === "units" || column.kind === "loss") return [];
  const { y, height } = wholeBox(column);
  const place = { symbol: "", x: column.x, y: y + height + BELOW, bundle: null };
  const own = sizeTexts(column).map((text) => ({ ...place, key: column.name, text }));
  if (!column.looks) return [own];
  const looks = { ...place, key: `looks ${column.name}`, y: place.y + LINE + 1 };
  return [own, fitting(["attention weights", "weights"], column).map((text) => ({ ...looks, text }))];
}

function sizeTexts(column: Column): string[] {
  const { kind, units, grid, shape, node } = column;
  if (node.type === "tokens") return [`${units} tokens`];
  if (!grid) return [`${units} units`];
  const size = `${grid.rows} × ${grid.columns}`;
  if (kind === "sequence") return fitting([`${shape[0]} positions × ${shape[1]}`, shape.join(" × ")], column);
  if (kind === "image") return [`${size} pixels`];
  return [grid.maps === 1 ? size : `${grid.maps} of ${size}`];
}

/** Those that do not reach below the neighbours; at least the last. */
const fitting = (texts: string[], { span }: Column): string[] =>
  texts.filter((text, at) => at === texts.length - 1 || text.length * WORD_LETTER <= span - 4);

function bundleChoice(bundle: Bundle): Choice {
  if (!isFolded(bundle)) return [];
  const { box, index, key } = bundle;
  const symbol = key.replace("weight", "W");
  const place = { y: box.y + box.height + BELOW, bundle: index };
  const captions = weightTexts(bundle)
    .map((text) => ({ key: `${index}`, symbol, text, x: box.x + box.width / 2, ...place }))
    .map((caption) => ({ ...caption, x: Math.min(caption.x, furthest(bundle) - widthOf(caption) / 2) }));
  return captions.filter((caption) => inBlock(bundle) || !crosses(caption, bundle)).slice(0, 1);
}

/** Where a caption has to end: units have numbers of their own below them. */
const furthest = ({ to }: Bundle): number =>
  to.kind === "units" ? unitBox(to, 0).x - BEFORE_UNITS : Number.POSITIVE_INFINITY;

const inBlock = ({ kind, abreast }: Bundle) => kind === "table" && abreast > 1;

/** Beside a column that reaches further down there is only the gap. */
function crosses(caption: Caption, { from, to, x0, x1 }: Bundle): boolean {
  const lowest = Math.max(
    ...[from, to].map((c) => (c.kind === "units" ? 0 : wholeBox(c).y + wholeBox(c).height)),
  );
  return caption.y < lowest && widthOf(caption) > x1 - x0 + LETTER * 3;
}

/** The longest first; of several matrices at least the symbol is written. */
function weightTexts(bundle: Bundle): string[] {
  const { kind, rows, columns, shape, from } = bundle;
  const [high, wide] = from.node.image ?? [];
  if (inBlock(bundle)) return [""];
  if (kind === "tiles") return [` ${rows} images of ${high} × ${wide}`, ` ${rows} of ${high} × ${wide}`];
  if (kind === "table" && bundle.key !== "weight") return [` ${rows} × ${columns}`, ""];
  return [shape.length > 2 ? ` ${shape.join(" × ")}` : ` ${rows} × ${columns}`];
}
