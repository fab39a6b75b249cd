import { between, channels } from "../common/colour";
import { heightAt, type Line } from "../store/search/parallel";

/** Where lines are drawn: by the number of a column, and by a share of its height. */
export interface Room {
  width: number;
  height: number;
  xOf: (column: number) => number;
  yOf: (share: number) => number;
}
const PARTS = 14; // straight pieces between two columns: more are not seen

/** All lines as a haze, and on it those in the brush, the better the darker. */
export function paintLines(
  canvas: HTMLCanvasElement,
  room: Room,
  all: readonly Line[],
  chosen: readonly Line[],
  brushed: boolean,
  thick = 0,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = room.width * ratio;
  canvas.height = room.height * ratio;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const token = (name: string) => channels(style.getPropertyValue(name).trim());
  const [paper, ink, bad] = [token("--paper"), token("--ink"), token("--bad")];
  const shade = ({ entry }: Line, share: number) => mix(paper, entry.diverged ? bad : ink, share);
  context.lineWidth = 1;
  for (const line of all) stroke(context, room, line, shade(line, brushed ? 0.09 : 0.14));
  for (let i = chosen.length - 1; i >= 0; i--) {
    const share = chosen.length > 1 ? 1 - i / (chosen.length - 1) : 1;
    if (thick) stroke(context, room, chosen[i]!, mix(paper, ink, 0), thick + 3);
    stroke(
      context,
      room,
      chosen[i]!,
      shade(chosen[i]!, thick ? 1 : 0.16 + 0.74 * share ** 3),
      thick || (share > 0.9 ? 1.5 : 1),
    );
  }
}

const mix = (
  from: readonly [number, number, number],
  to: readonly [number, number, number],
  share: number,
) => {
  const [r, g, b] = between(from, to, share);
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;
};

function stroke(context: CanvasRenderingContext2D, room: Room, line: Line, colour: string, width = 1): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  const last = line.heights.length - 1;
  for (let i = 0; i < Math.max(1, last); i++) {
    const [left, right] = [room.xOf(i), room.xOf(i + 1)];
    for (let part = i ? 1 : 0; part <= PARTS; part++) {
      const t = part / PARTS;
      const [x, y] = [left + (right - left) * t, room.yOf(heightAt(line, i + t))];
      if (i + part === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
  }
  context.stroke();
}
