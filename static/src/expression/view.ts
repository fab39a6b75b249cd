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

/** Moved as little as brings a box of the picture into the window. */
export function showing(look: Look, box: Size & { x: number; y: number }, window: Size): Look {
  const moved = (at: number, size: number, start: number, room: number) => {
    const [low, high] = [start + look.scale * (at - size / 2), start + look.scale * (at + size / 2)];
    return low < 0 ? start - low : high > room ? start - (high - room) : start;
  };
  return {
    ...look,
    x: moved(box.x, box.width, look.x, window.width),
    y: moved(box.y, box.height, look.y, window.height),
  };
}
