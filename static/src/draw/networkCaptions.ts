import { wholeBox } from "./networkBoxes";
import type { Bundle, Column, Layout } from "./networkLayout";
import { isFolded } from "./networkMatrix";

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
const BELOW = 5;
const LINE = 13;
const ROWS = 3;
/** The legend's height. */
const FOOT = 28;

/** All that find room: where one would touch its neighbour it stands a line lower, or is left to the tip. */
export function captionsOf(layout: Layout): Caption[] {
  const placed: Caption[] = [];
  for (const caption of [
    ...layout.columns.flatMap(columnCaption),
    ...layout.bundles.flatMap(bundleCaption),
  ]) {
    const rows = Array.from({ length: ROWS }, (_, row) => ({ ...caption, y: caption.y + row * LINE }));
    const inside = rows.filter(({ y }) => y + LINE <= layout.height - FOOT);
    const free = inside.find((row) => placed.every((other) => apart(row, other)));
    if (free) placed.push(free);
  }
  return placed;
}

/** With a gradient's symbol it is longest. */
const widthOf = ({ symbol, text }: Caption) => (text.length + (symbol ? symbol.length + 5 : 0)) * LETTER;
const apart = (a: Caption, b: Caption) =>
  Math.abs(a.x - b.x) > (widthOf(a) + widthOf(b)) / 2 + 4 || Math.abs(a.y - b.y) >= LINE - 1;

function columnCaption(column: Column): Caption[] {
  if (column.kind === "units" || column.kind === "loss") return [];
  const { y, height } = wholeBox(column);
  const place = { x: column.x, y: y + height + BELOW, bundle: null };
  const own = { key: column.name, symbol: "", text: sizeText(column), ...place };
  if (!column.looks) return [own];
  return [own, { ...own, key: `looks ${column.name}`, text: "attention weights", y: place.y + LINE + 1 }];
}

function sizeText({ kind, units, grid, shape, node }: Column): string {
  if (node.type === "tokens") return `${units} tokens`;
  if (!grid) return `${units} units`;
  const size = `${grid.rows} × ${grid.columns}`;
  if (kind === "sequence") return `${shape[0]} positions × ${shape[1]}`;
  if (kind === "image") return `${size} pixels`;
  return grid.maps === 1 ? size : `${grid.maps} of ${size}`;
}

function bundleCaption(bundle: Bundle): Caption[] {
  if (!isFolded(bundle)) return [];
  const { box, index, weight } = bundle;
  const own = weight.split(".").at(-1)!;
  const symbol = own.replace("weight", "W");
  const place = { x: box.x + box.width / 2, y: box.y + box.height + BELOW, bundle: index };
  const captions = weightTexts(bundle).map((text) => ({
    key: `${index}`,
    symbol,
    text: ` ${text}`,
    ...place,
  }));
  const fitting = captions.find((caption) => !crosses(caption, bundle));
  return fitting ? [fitting] : [];
}

/** Beside a column that reaches further down there is only the gap. */
function crosses(caption: Caption, { from, to, x0, x1 }: Bundle): boolean {
  const lowest = Math.max(
    ...[from, to].map((c) => (c.kind === "units" ? 0 : wholeBox(c).y + wholeBox(c).height)),
  );
  return caption.y < lowest && widthOf(caption) > x1 - x0 + LETTER * 3;
}

/** The longest first. */
function weightTexts({ kind, rows, columns, shape, from }: Bundle): string[] {
  const [high, wide] = from.node.image ?? [];
  if (kind === "tiles") return [`${rows} images of ${high} × ${wide}`, `${rows} of ${high} × ${wide}`];
  return [kind === "kernels" ? shape.join(" × ") : `${rows} × ${columns}`];
}
