import { scaleLinear } from "d3-scale";
import type { Palette } from "../../common/colour";

/** A picture with numbers along its left and lower edge. */
export interface Axes {
  width: number;
  height: number;
  x: [low: number, high: number];
  y: [low: number, high: number];
}

const LEFT = 30;
const BOTTOM = 18;
const TOP = 6;
const RIGHT = 6;
const FONT = "11px Inter, sans-serif";

export const across = ({ x, width }: Axes, value: number): number =>
  LEFT + ((value - x[0]) / (x[1] - x[0])) * (width - LEFT - RIGHT);

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

const text = (mark: number) => String(mark).replace("-", "\u2212");

export function drawAxes(context: CanvasRenderingContext2D, axes: Axes, colours: Palette): void {
  context.font = FONT;
  context.fillStyle = colours.mute;
  context.strokeStyle = colours.hair;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const mark of scaleLinear(axes.y, [0, 1]).ticks(4)) {
    const y = Math.round(up(axes, mark)) + 0.5;
    line(context, LEFT, y, axes.width - RIGHT, y);
    context.fillText(text(mark), LEFT - 5, y);
  }
  context.textAlign = "center";
  context.textBaseline = "bottom";
  for (const mark of scaleLinear(axes.x, [0, 1]).ticks(5))
    context.fillText(text(mark), across(axes, mark), axes.height - 1);
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
export function clip(context: CanvasRenderingContext2D, { width, height }: Axes): void {
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT, height - BOTTOM + TOP);
  context.clip();
}
