import { lookBox, unitBox, wholeBox } from "./boxes";
import { type Box, type Column, type Layout, type Pills, SIDE } from "./types";

/** With many columns titles stand by turns on so many lines. */
export const TURNS = 3;
/** Sizes of titles: on two lines, and by turns; the latter's widest word decides whether they stand by turns. */
const NARROW_SIZE = 11;
const TURN_SIZE = 10.5;
const TURN_LETTER = 5.6;
const LETTER = 6.6;
/** Between columns there is at least so much; texts are estimated so much too wide. */
const APART = 8;
const SLACK = 8;

/** Widths of a value with its name, and of a pill with δ. */
const WRITTEN = 66;
export const PILL = 66;
/** So far a pill above a unit stands over it. */
export const PILL_INSIDE = 8;
const SMALL_PILL = 56;
const LINE = 15;
/** On two lines a title stands so much lower. */
export const LOWERED = 9;

/** About how wide a title on one line is. */
export const wordy = ({ title, subtitle }: Column): number => (title.length + subtitle.length) * LETTER + 16;

/** About how wide the longest word of a title is where titles stand by turns. */
export const widestWord = (titles: readonly string[]): number => longest(titles) * TURN_LETTER + 4;

const longest = (texts: readonly string[]) =>
  Math.max(...texts.flatMap((text) => text.split(" ").map((word) => word.length)));

/** Whether the title of the loss, which ends at the edge, would touch that of the column before. */
export function endsMeet(columns: readonly Column[], width: number): boolean {
  const [last, loss] = columns.slice(-2) as [Column, Column];
  return loss.span < wordy(loss) && width - SIDE - wordy(loss) < last.x + wordy(last) / 2;
}

/** About how wide a text is: some letters are thin, some wide. */
export const textWidth = (text: string, size: number): number =>
  [...text].reduce(
    (sum, letter) => sum + (THIN.includes(letter) ? 0.32 : WIDE.includes(letter) ? 0.88 : 0.585),
    0,
  ) * size;
const THIN = " 1.,'()[]|fijlrtI";
const WIDE = "mwMW";

/** Whether every title has room on the lines that it has. */
export function titlesFit({ columns, narrow, crowded }: Layout): boolean {
  const titled = columns.filter(({ kind }) => kind !== "loss");
  if (crowded) return titled.every(({ title, span }) => textWidth(title, TURN_SIZE) + 3 <= span * TURNS);
  const words = ({ title, subtitle }: Column) => `${title} ${subtitle}`.split(" ");
  const widest = (column: Column) => Math.max(...words(column).map((word) => textWidth(word, NARROW_SIZE)));
  return !narrow || titled.every((column) => widest(column) <= column.span);
}

/** Whether all columns are inside and apart, with all that is written at their units. */
export function columnsApart({ columns, width }: Layout): boolean {
  const inside = columns.every((column) => column.x - column.width / 2 >= 0 && rightOf(column) <= width);
  return inside && columns.every((to) => columns.every((from) => apart(from, to)));
}

const rightOf = ({ x, width }: Column) => x + width / 2;

function apart(from: Column, to: Column): boolean {
  if (to.node.depth !== from.node.depth + 1) return true;
  if (to.x - to.width / 2 - rightOf(from) < APART) return false;
  const taken = columnBoxes(to);
  const boxes = columnBoxes(from).map((box) => ({ ...box, width: box.width - SLACK }));
  return boxes.every((box) => taken.every((other) => overlap(box, other) === 0));
}

/** What is written and drawn in the picture, apart from edges and captions: what a tip should not cover. */
export const occupied = (layout: Layout): Box[] => [
  ...layout.columns.flatMap(columnBoxes),
  ...layout.columns.map((column) => titleBox(layout, column)),
];

/** Where titles end below: those of the upper columns, and what a column's own title takes. */
export const titleEnd = ({ columns, narrow }: Layout): number =>
  Math.min(...columns.map(({ titleY }) => titleY)) + (narrow ? LOWERED : 0);

function titleBox({ narrow, crowded }: Layout, column: Column): Box {
  const { x, title, subtitle, titleY } = column;
  const wide = crowded ? textWidth(title, TURN_SIZE) : narrow ? twoLines(title, subtitle) : wordy(column);
  const lines = crowded ? TURNS : narrow ? 2 : 1;
  const bottom = titleY + (narrow ? LOWERED : 0);
  return { x: x - wide / 2, y: bottom - lines * LINE, width: wide, height: lines * LINE };
}

const twoLines = (title: string, subtitle: string) =>
  Math.max(textWidth(title, NARROW_SIZE), textWidth(subtitle, NARROW_SIZE));

function columnBoxes(column: Column): Box[] {
  if (column.grid) return [wholeBox(column), ...looksOf(column)];
  if (column.kind === "strip") return [];
  return column.ys.flatMap((_, unit) => {
    const box = unitBox(column, unit);
    return [box, ...written(column, box)];
  });
}

const looksOf = (column: Column) =>
  column.looks ? Array.from({ length: column.looks.maps }, (_, head) => lookBox(column, head)) : [];

/** The lines below a unit with the pill behind or above them; the names beside one. */
function written({ labels, pills, aside, kind, name }: Column, box: Box): Box[] {
  const below = box.y + box.height + 3;
  if (kind === "loss") return [{ x: box.x - 8, y: below, width: box.width + 16, height: 2 * LINE }];
  if (labels === "none") return [];
  const x = name === "input" ? box.x - aside - 8 : box.x + box.width + 8;
  if (labels === "side") return [{ x, y: box.y, width: aside, height: box.height }];
  const height = labels === "full" ? 2 * LINE + 2 : LINE;
  const wide = WRITTEN + (pills === "inline" && name !== "input" ? PILL : 0);
  const label = {
    x: box.x + (labels === "value" && name !== "input" ? 7 : -2),
    y: below,
    width: wide,
    height,
  };
  return name === "input" || pills === "inline" ? [label] : [label, pillBox(pills, box)];
}

const pillBox = (pills: Pills, { x, y, width }: Box): Box =>
  pills === "above"
    ? { x: x + width - PILL_INSIDE, y: y - 18, width: PILL, height: 17 }
    : { x: x + width / 2 - SMALL_PILL / 2, y: y - 3, width: SMALL_PILL, height: 14 };

const shared = (a0: number, a1: number, b0: number, b1: number) =>
  Math.max(0, Math.min(a1, b1) - Math.max(a0, b0));
export const overlap = (a: Box, b: Box) =>
  shared(a.x, a.x + a.width, b.x, b.x + b.width) * shared(a.y, a.y + a.height, b.y, b.y + b.height);
