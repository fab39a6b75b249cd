/** Numbers over a grid: rows one after the other. */
export interface Grid {
  columns: number;
  rows: number;
  values: ArrayLike<number>;
}
export type Spot = readonly [x: number, y: number];

/**
 * The lines along which a grid has a value, in places of the grid: closed ones end where they begin, open ones at an
 * edge or at what is no number. Nothing is drawn along the edge itself, which is why no polygons serve here.
 */
export function contoursOf(grid: Grid, level: number): Spot[][] {
  const next = linked(grid, level);
  const lines: Spot[][] = [];
  const ends = [...next].filter(([, edges]) => edges.length === 1).map(([edge]) => edge);
  for (const start of [...ends, ...next.keys()]) {
    if (!next.get(start)?.length) continue;
    lines.push(walked(next, start).map((edge) => spotOn(grid, edge, level)));
  }
  return lines;
}

type Links = Map<number, number[]>;

/** An edge of the grid, by its first point: even to the right of it, odd up from it. */
const across = ({ columns }: Grid, x: number, y: number) => 2 * (y * columns + x);
const up = (grid: Grid, x: number, y: number) => across(grid, x, y) + 1;

function linked(grid: Grid, level: number): Links {
  const links: Links = new Map();
  const join = (a: number, b: number) => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      links.set(from, [...(links.get(from) ?? []), to]);
  };
  for (let y = 0; y < grid.rows - 1; y++)
    for (let x = 0; x < grid.columns - 1; x++) for (const [a, b] of crossings(grid, x, y, level)) join(a, b);
  return links;
}

/** The pieces of the line within one cell, each from edge to edge. */
function crossings(grid: Grid, x: number, y: number, level: number): [number, number][] {
  const at = (i: number, j: number) => grid.values[(y + j) * grid.columns + x + i]!;
  const corners = [at(0, 0), at(1, 0), at(1, 1), at(0, 1)];
  if (!corners.every(Number.isFinite)) return [];
  const above = corners.map((value) => value >= level);
  const edges = [across(grid, x, y), up(grid, x + 1, y), across(grid, x, y + 1), up(grid, x, y)];
  const crossed = edges.filter((_, i) => above[i] !== above[(i + 1) % 4]);
  if (crossed.length === 2) return [[crossed[0]!, crossed[1]!]];
  if (crossed.length === 0) return [];
  const [bottom, right, top, left] = edges as [number, number, number, number];
  const middle = corners.reduce((a, b) => a + b, 0) / 4 >= level;
  const pairs: [number, number][] =
    middle === above[0]
      ? [
          [bottom, right],
          [top, left],
        ]
      : [
          [left, bottom],
          [right, top],
        ];
  return pairs;
}

/** From edge to edge as far as it goes; what was walked is taken away. */
function walked(links: Links, start: number): number[] {
  const found = [start];
  for (let edge = start; ; ) {
    const to = links.get(edge)?.pop();
    if (to === undefined) return found;
    const back = links.get(to)!;
    back.splice(back.indexOf(edge), 1);
    found.push(to);
    edge = to;
  }
}

function spotOn(grid: Grid, edge: number, level: number): Spot {
  const point = edge >> 1;
  const [x, y] = [point % grid.columns, Math.floor(point / grid.columns)];
  const upwards = edge % 2 === 1;
  const [a, b] = [grid.values[point]!, grid.values[point + (upwards ? grid.columns : 1)]!];
  const share = a === b ? 0 : (level - a) / (b - a);
  return upwards ? [x, y + share] : [x + share, y];
}
