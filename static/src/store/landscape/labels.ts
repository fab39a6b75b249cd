import type { Spot } from "./contours";

/** Where the number of a line stands: upright along it. */
export interface Label {
  text: string;
  x: number;
  y: number;
  angle: number;
}

const FAR = 22; // pixels that a label keeps from dots, other labels and the edge
const SHORTEST = 90; // pixels of a line that is worth a number
const REACH = 16; // pixels to either side that should be straight
const BETWEEN = 70; // pixels between two numbers

/**
 * Numbers for lines, each on the straightest stretch that is far from the paths, from other numbers and from the edge;
 * a line without such a place has none.
 *
 * @param lines  each with its number, the most important first; in pixels, as `taken`
 * @param taken  what must stay free: the dots
 */
export function labelsOf(
  lines: readonly { text: string; spots: readonly Spot[] }[],
  taken: readonly Spot[],
  [width, height]: Spot,
): Label[] {
  const labels: Label[] = [];
  for (const { text, spots } of lines) {
    if (lengthOf(spots) < SHORTEST) continue;
    const found = places(spots)
      .filter(({ x, y }) => Math.min(x, y, width - x, height - y) > FAR)
      .filter(({ x, y }) => taken.every((spot) => Math.hypot(spot[0] - x, spot[1] - y) > FAR))
      .filter((place) => labels.every((label) => Math.hypot(label.x - place.x, label.y - place.y) > BETWEEN))
      .reduce<Place | null>((best, place) => (best && best.bend <= place.bend ? best : place), null);
    if (found) labels.push({ text, x: found.x, y: found.y, angle: found.angle });
  }
  return labels;
}

interface Place {
  x: number;
  y: number;
  angle: number;
  bend: number;
}

function lengthOf(spots: readonly Spot[]): number {
  return spots.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - spots[i]![0], y - spots[i]![1]), 0);
}

/** The spots of a line that have enough of it on both sides, with its direction there and how much it bends. */
function places(spots: readonly Spot[]): Place[] {
  return spots.flatMap((spot, i) => {
    const before = reached(spots, i, -1);
    const after = reached(spots, i, 1);
    if (!before || !after) return [];
    const whole = Math.hypot(after[0] - before[0], after[1] - before[1]);
    return [{ x: spot[0], y: spot[1], angle: upright(before, after), bend: 2 * REACH - whole }];
  });
}

function reached(spots: readonly Spot[], from: number, step: number): Spot | null {
  const [x, y] = spots[from]!;
  for (let i = from + step; i >= 0 && i < spots.length; i += step) {
    const away = Math.hypot(spots[i]![0] - x, spots[i]![1] - y);
    if (away >= REACH) {
      const share = REACH / away;
      return [x + (spots[i]![0] - x) * share, y + (spots[i]![1] - y) * share];
    }
  }
  return null;
}

function upright(a: Spot, b: Spot): number {
  const angle = (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;
  if (angle > 90) return angle - 180;
  return angle < -90 ? angle + 180 : angle;
}

/** A line with the stretch under its numbers left out. */
export function cut(spots: readonly Spot[], labels: readonly Label[], reach = 15): Spot[][] {
  const hidden = ([x, y]: Spot) => labels.some((label) => Math.hypot(label.x - x, label.y - y) < reach);
  const parts: Spot[][] = [[]];
  for (const spot of spots) {
    if (hidden(spot)) parts.push([]);
    else parts.at(-1)!.push(spot);
  }
  return parts.filter((part) => part.length > 1);
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const GAP = 12;

/** For each end of a path a box near it that hides as little as can be: no dots, no other box, nothing outside. */
export function boxesFor(
  ends: readonly { spot: Spot; width: number; height: number }[],
  dots: readonly Spot[],
  [width, height]: Spot,
): Box[] {
  const placed: Box[] = [];
  for (const end of ends) {
    const cost = (box: Box) =>
      dots.filter(([x, y]) => inside(box, x, y)).length +
      100 * placed.filter((other) => overlap(box, other)).length +
      1000 *
        Number(box.x < 4 || box.y < 4 || box.x + box.width > width - 4 || box.y + box.height > height - 4);
    const candidates = around(end);
    placed.push(candidates.reduce((best, box) => (cost(box) < cost(best) ? box : best)));
  }
  return placed;
}

function around({ spot: [x, y], width, height }: { spot: Spot; width: number; height: number }): Box[] {
  const [left, right] = [x - width - GAP, x + GAP];
  const [above, below] = [y - height - GAP, y + GAP];
  const spots: Spot[] = [
    [x - width / 2, above],
    [x - width / 2, below],
    [right, y - height / 2],
    [left, y - height / 2],
    [right, above],
    [left, above],
    [right, below],
    [left, below],
  ];
  return spots.map(([a, b]) => ({ x: a, y: b, width, height }));
}

const inside = (box: Box, x: number, y: number) =>
  x > box.x - 5 && x < box.x + box.width + 5 && y > box.y - 5 && y < box.y + box.height + 5;
const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width + 4 && b.x < a.x + a.width + 4 && a.y < b.y + b.height + 4 && b.y < a.y + a.height + 4;
