import type { Palette } from "../../common/colour";
import { type Field, outputAt } from "./output";
import { type Axes, across, held, line, up } from "./outputAxes";
import { classColour } from "./outputColours";
import type { Dot, Marks } from "./outputDots";

type Context = CanvasRenderingContext2D;

/** The inputs' values along the grid. */
interface Grid {
  x: readonly number[];
  y: readonly number[];
}

/** Where two inputs lie on a plane of this size: the first goes to the right, the second up. */
export function placeOn({ x, y }: Grid, [a = 0, b = 0]: readonly number[], width: number, height: number) {
  const part = (axis: readonly number[], value: number) => (value - axis[0]!) / (axis.at(-1)! - axis[0]!);
  return { x: part(x, a) * width, y: (1 - part(y, b)) * height };
}

/** One output over the input: of several each in the colour of its class. */
export function drawCurve(context: Context, on: Axes, curve: Field, unit: number, colours: Palette): void {
  const [low, high] = on.x;
  context.strokeStyle = curve.units > 1 ? classColour(unit, curve.units, colours) : colours.forward;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  for (let cell = 0; cell < curve.resolution; cell++) {
    const y = outputAt(curve, cell, unit);
    const x = low + (cell / (curve.resolution - 1)) * (high - low);
    if (Number.isFinite(y)) context.lineTo(across(on, x), up(on, y));
  }
  context.stroke();
}

/** From each target of the batch to its output: the chosen sample's in ink. */
export function drawErrors(
  context: Context,
  on: Axes,
  dots: readonly Dot[],
  marks: Marks,
  outputOf: (row: number) => number[] | null,
  colours: Palette,
): void {
  for (const { row, x, y, test } of dots) {
    const output = marks.batch.has(row) && !test ? outputOf(row) : null;
    if (!output) continue;
    context.strokeStyle = row === marks.chosen ? colours.ink : colours.mute;
    context.lineWidth = row === marks.chosen ? 2 : 1;
    line(context, x, y, x, up(on, held(output[0]!, on.y)));
  }
}

/** On the diagonal the output is the target; a line from each point to it. */
export function drawAgreement(context: Context, on: Axes, dots: readonly Dot[], colours: Palette): void {
  const [low, high] = on.x;
  const [left, right] = [across(on, low), across(on, high)];
  context.strokeStyle = colours.mute;
  context.setLineDash([4, 3]);
  line(context, left, up(on, low), right, up(on, high));
  context.setLineDash([]);
  context.strokeStyle = colours.hair;
  for (const { x, y } of dots)
    line(context, x, y, x, up(on, low + ((x - left) / (right - left)) * (high - low)));
}
