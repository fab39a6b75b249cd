/** How a picture lies in its window: its size, and where its corner is. */
export interface Look {
  scale: number;
  x: number;
  y: number;
}
interface Size {
  width: number;
  height: number;
}

/** Below this nothing is read; beyond that nothing is seen. */
export const READ = 0.7;
const LEAST = 0.25;
const MOST = 2.5;

/** The whole picture in the middle of its window; made larger only a little. */
export function fitted(picture: Size, window: Size): Look {
  const scale = Math.min(1.25, window.width / picture.width, window.height / picture.height);
  return centred(picture, window, scale);
}

const centred = (picture: Size, window: Size, scale: number): Look => ({
  scale,
  x: (window.width - scale * picture.width) / 2,
  y: (window.height - scale * picture.height) / 2,
});

/** Whole where that can be read, else as large as can be read, from its left end. */
export function opened(picture: Size, window: Size): Look {
  const whole = fitted(picture, window);
  if (whole.scale >= READ) return whole;
  const large = centred(picture, window, READ);
  return { ...large, x: Math.max(0, large.x), y: Math.max(0, large.y) };
}

/** So many times as large around a place, which stays where it is. */
export function scaled({ scale, x, y }: Look, by: number, around: { x: number; y: number }): Look {
  const next = Math.max(LEAST, Math.min(MOST, scale * by));
  const share = next / scale;
  return { scale: next, x: around.x - (around.x - x) * share, y: around.y - (around.y - y) * share };
}

type Box = Size & { x: number; y: number };

/** Where a picture can end at its left with nothing cut: at its own end, and amid the room between two columns. */
export function gapsOf(boxes: readonly Pick<Box, "x" | "width">[]): number[] {
  const gaps = [0];
  let end: number | null = null;
  for (const { x, width } of boxes.toSorted((a, b) => a.x - a.width / 2 - (b.x - b.width / 2))) {
    const start = x - width / 2;
    if (end !== null && start > end) gaps.push((end + start) / 2);
    end = Math.max(end ?? start, x + width / 2);
  }
  return gaps;
}

/** Moved as little as brings a box of the picture into the window; sideways by whole columns, so that the first is whole. */
export function showing(look: Look, box: Box, window: Size, gaps: readonly number[]): Look {
  const moved = (at: number, size: number, start: number, room: number) => {
    const [low, high] = [start + look.scale * (at - size / 2), start + look.scale * (at + size / 2)];
    return low < 0 ? start - low : high > room ? start - (high - room) : start;
  };
  const x = moved(box.x, box.width, look.x, window.width);
  return {
    ...look,
    x: x === look.x ? x : whole(x, look.scale, box, gaps),
    y: moved(box.y, box.height, look.y, window.height),
  };
}

/** The next place at which nothing is cut at the left, the box still in sight. */
function whole(x: number, scale: number, box: Box, gaps: readonly number[]): number {
  const edge = -x / scale;
  const next = gaps.find((gap) => gap >= edge && gap <= box.x - box.width / 2);
  const gap = next ?? gaps.findLast((gap) => gap <= edge) ?? edge;
  return gap ? -scale * gap : 0;
}
