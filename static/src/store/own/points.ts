/** A point drawn in the plane, of one of a few classes. */
export interface Drawn {
  x: number;
  y: number;
  label: number;
}
/** The plane reaches from minus this to this, both ways. */
export const REACH = 6;
export const LETTERS = ["A", "B", "C", "D", "E"] as const;

const held = (at: number) => Math.min(REACH, Math.max(-REACH, Math.round(at * 100) / 100));

export const placed = (points: readonly Drawn[], x: number, y: number, label: number): Drawn[] => [
  ...points,
  { x: held(x), y: held(y), label },
];

export const moved = (points: readonly Drawn[], i: number, x: number, y: number): Drawn[] =>
  points.map((point, at) => (at === i ? { ...point, x: held(x), y: held(y) } : point));

/** The point next to a place, within a distance; -1 where there is none. */
export function nearest(points: readonly Drawn[], x: number, y: number, within: number): number {
  const off = points.map((point) => Math.hypot(point.x - x, point.y - y));
  const least = Math.min(...off);
  return least <= within ? off.indexOf(least) : -1;
}

/** The points as a table; empty until there are two classes to tell apart. */
export const tableOf = (points: readonly Drawn[]): string =>
  new Set(points.map(({ label }) => label)).size < 2
    ? ""
    : ["x1,x2,class", ...points.map(({ x, y, label }) => `${x},${y},${LETTERS[label]}`)].join("\n");
