import { scaleLinear } from "d3-scale";
import type { Palette } from "../../common/colour";
import { fromUnit, inUnit, type Scale } from "../../common/sampleText";

/** A picture with numbers along its left and lower edge. */
export interface Axes {
  width: number;
  height: number;
  /** Room for the numbers on the left. */
  left: number;
  x: [low: number, high: number];
  y: [low: number, high: number];
  /** What the numbers along the edges are told in, where the data came in another unit than the model's. */
  own: Own;
}
interface Own {
  x: Scale | null;
  y: Scale | null;
}

/** Room for a short number, the gap behind one, and how wide a digit and a point are, in pixels. */
const LEFT = 30;
const GAP = 5;
const DIGIT = 6.8;
const POINT = 3.3;
/** Longer numbers are written as powers of ten. */
const LONG = 6;
const MARKS = 4;
const BOTTOM = 18;
const TOP = 6;
const RIGHT = 6;
const FONT = "11px Inter, sans-serif";

/** Axes with room for the longest number that stands along them: none is ever cut. */
export function axesOf(
  width: number,
  height: number,
  x: Axes["x"],
  y: Axes["y"],
  own: Own = { x: null, y: null },
): Axes {
  const longest = Math.max(...marksOf(y, own.y, MARKS).map((mark) => wide(mark.text)));
  return { width, height, x, y, own, left: Math.max(LEFT, Math.ceil(longest) + GAP) };
}

export const across = ({ x, width, left }: Axes, value: number): number =>
  left + ((value - x[0]) / (x[1] - x[0])) * (width - left - RIGHT);

export const up = ({ y, height }: Axes, value: number): number =>
  height - BOTTOM - ((value - y[0]) / (y[1] - y[0])) * (height - BOTTOM - TOP);

/** A range a little wider than this, so that what lies on its edge is seen whole. */
export function widened([low, high]: readonly [number, number], share = 0.12): [number, number] {
  const extra = (high > low ? high - low : Math.abs(high) || 1) * share;
  return [low - extra, high + extra];
}

/** Held inside the picture: what is beyond it shows at its edge. */
export const held = (value: number, [low, high]: readonly [number, number]): number =>
  Math.max(low, Math.min(high, value));

const wide = (number: string) =>
  Array.from(number, (sign) => (sign === "." ? POINT : DIGIT)).reduce((a, b) => a + b, 0);
/** Round numbers of the unit that an edge is told in, and where they lie. */
const marksOf = (range: Axes["y"], scale: Scale | null, count: number) =>
  scaleLinear([inUnit(range[0], scale), inUnit(range[1], scale)], [0, 1])
    .ticks(count)
    .map((mark) => ({ at: fromUnit(mark, scale), text: text(mark) }));

/** In full, or as a power of ten where that is shorter than all its digits. */
export function text(mark: number): string {
  const full = String(mark);
  const short = mark.toExponential().replace("e+", "e");
  return (full.replace("-", "").length > LONG && short.length < full.length ? short : full).replaceAll(
    "-",
    "\u2212",
  );
}

export function drawAxes(context: CanvasRenderingContext2D, axes: Axes, colours: Palette): void {
  context.font = FONT;
  context.fillStyle = colours.mute;
  context.strokeStyle = colours.hair;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const mark of marksOf(axes.y, axes.own.y, MARKS)) {
    const y = Math.round(up(axes, mark.at)) + 0.5;
    line(context, axes.left, y, axes.width - RIGHT, y);
    context.fillText(mark.text, axes.left - GAP, y);
  }
  context.textAlign = "center";
  context.textBaseline = "bottom";
  for (const mark of marksOf(axes.x, axes.own.x, 5))
    context.fillText(mark.text, across(axes, mark.at), axes.height - 1);
}

export function line(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** Keeps what follows inside the axes; undo it with `restore`. */
export function clip(context: CanvasRenderingContext2D, { width, height, left }: Axes): void {
  context.save();
  context.beginPath();
  context.rect(left, 0, width - left, height - BOTTOM + TOP);
  context.clip();
}
