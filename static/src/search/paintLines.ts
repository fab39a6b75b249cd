import { between, channels } from "../common/colour";
import type { Line } from "../store/search/parallel";

/** Where lines are drawn: by the number of a column, and by a share of its height. */
export interface Room {
  width: number;
  height: number;
  xOf: (column: number) => number;
  yOf: (share: number) => number;
}
type Rgb = readonly [number, number, number];
const SHADES = 12; // that a haze of thousands of lines is drawn in: one stroke of the pen for each

/** All lines as a haze behind those that are chosen. */
export function paintHaze(
  canvas: HTMLCanvasElement,
  room: Room,
  lines: readonly Line[],
  faint: boolean,
): void {
  const pen = penOf(canvas, room);
  for (const diverged of [false, true])
    pen?.draw(
      lines.filter(({ entry }) => entry.diverged === diverged),
      pen.shade(diverged, faint ? 0.09 : 0.14),
    );
}

/** The chosen ones, the best first: the better the darker, the best on top. */
export function paintChosen(canvas: HTMLCanvasElement, room: Room, chosen: readonly Line[]): void {
  const pen = penOf(canvas, room);
  if (!pen) return;
  for (let shade = 0; shade < SHADES; shade++) {
    const part = chosen.filter((_, i) => shadeAt(i, chosen.length) === shade);
    const share = shade / (SHADES - 1);
    for (const diverged of [true, false])
      pen.draw(
        part.filter(({ entry }) => entry.diverged === diverged),
        pen.shade(diverged, 0.16 + 0.74 * share ** 3),
        share > 0.9 ? 1.5 : 1,
      );
  }
}

/** One line with a pale casing. */
export function paintHeld(canvas: HTMLCanvasElement, room: Room, line: Line | undefined): void {
  const pen = penOf(canvas, room);
  if (!pen || !line) return;
  pen.draw([line], pen.shade(false, 0), 6);
  pen.draw([line], pen.shade(line.entry.diverged, 1), 3);
}

/** Which of the shades the i-th of some lines has, the last for the best. */
export const shadeAt = (i: number, count: number): number =>
  Math.round((count > 1 ? 1 - i / (count - 1) : 1) * (SHADES - 1));

function penOf(canvas: HTMLCanvasElement, room: Room) {
  const context = canvas.getContext("2d");
  if (!context) return null;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = room.width * ratio;
  canvas.height = room.height * ratio;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const token = (name: string) => channels(style.getPropertyValue(name).trim());
  const [paper, ink, bad] = [token("--paper"), token("--ink"), token("--bad")];
  return {
    shade: (diverged: boolean, share: number) => mix(paper, diverged ? bad : ink, share),
    draw(lines: readonly Line[], colour: string, width = 1) {
      if (lines.length === 0) return;
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      for (const line of lines) follow(context, room, line);
      context.stroke();
    },
  };
}

/** A line is flat at each column, as `heightAt` has it: the curve between two columns is a Bezier curve of that form. */
function follow(context: CanvasRenderingContext2D, { xOf, yOf }: Room, { heights }: Line): void {
  context.moveTo(xOf(0), yOf(heights[0]!));
  for (let i = 1; i < heights.length; i++) {
    const [left, right] = [xOf(i - 1), xOf(i)];
    const [from, to] = [yOf(heights[i - 1]!), yOf(heights[i]!)];
    context.bezierCurveTo(left + (right - left) / 3, from, right - (right - left) / 3, to, right, to);
  }
}

function mix(from: Rgb, to: Rgb, share: number): string {
  const [r, g, b] = between(from, to, share);
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;
}
