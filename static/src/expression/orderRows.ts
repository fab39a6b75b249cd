/**
 * Which value stands above which: columns in an order with few crossings, and rows with short edges. Where an edge
 * passes a column, a place is kept free for it there.
 */
export interface Graph {
  columns: string[][];
  /** The places that an edge, "from to", passes on its way, from left to right. */
  ways: Map<string, string[]>;
  /** What is joined to what, from column to column. */
  links: [from: string, to: string][];
}

const SWEEPS = 8;
const ROUNDS = 24;

interface Use {
  from: string;
  to: string;
}

export function ordered(columnOf: ReadonlyMap<string, number>, edges: readonly Use[]): Graph {
  const graph = withWays(columnOf, edges);
  const [before, after] = [neighbours(graph.links, 1), neighbours(graph.links, 0)];
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forwards = sweep % 2 === 1;
    const order = forwards ? graph.columns : [...graph.columns].reverse();
    const near = forwards ? before : after;
    for (const [at, column] of order.entries()) if (at > 0) sortBy(column, order[at - 1]!, near);
  }
  return graph;
}

function withWays(columnOf: ReadonlyMap<string, number>, edges: readonly Use[]): Graph {
  const columns = Array.from({ length: Math.max(...columnOf.values()) + 1 }, () => [] as string[]);
  const ways = new Map<string, string[]>();
  const links: [string, string][] = [];
  // From the loss back, so that what belongs together begins together.
  for (const name of [...columnOf.keys()]) columns[columnOf.get(name)!]!.push(name);
  for (const { from, to } of edges) {
    const key = `${from} ${to}`;
    if (ways.has(key)) continue;
    const between = columnOf.get(to)! - columnOf.get(from)! - 1;
    const way = Array.from({ length: between }, (_, i) => `${key} ${i}`);
    ways.set(key, way);
    for (const [i, place] of way.entries()) columns[columnOf.get(from)! + 1 + i]!.push(place);
    const stops = [from, ...way, to];
    for (const [i, stop] of stops.slice(1).entries()) links.push([stops[i]!, stop]);
  }
  return { columns, ways, links };
}

/** What stands on one side of each: side 0 leads on, side 1 leads here. */
function neighbours(links: Graph["links"], side: 0 | 1): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const link of links) found.set(link[side], [...(found.get(link[side]) ?? []), link[1 - side]!]);
  return found;
}

/** By the mean place of what each is joined to in the column beside it. */
function sortBy(
  column: string[],
  beside: readonly string[],
  near: ReadonlyMap<string, readonly string[]>,
): void {
  const place = new Map(beside.map((name, at) => [name, at]));
  const weight = new Map(
    column.map((name, at) => {
      const places = (near.get(name) ?? []).map((other) => place.get(other) ?? at);
      return [name, places.length ? mean(places) : at];
    }),
  );
  column.sort((a, b) => weight.get(a)! - weight.get(b)!);
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** The row of each, counted from the middle: near what it is joined to, in its column's order, one apart. */
export function settled({ columns, links }: Graph): Map<string, number> {
  const rows = new Map<string, number>();
  for (const column of columns)
    for (const [at, name] of column.entries()) rows.set(name, at - (column.length - 1) / 2);
  const [before, after] = [neighbours(links, 1), neighbours(links, 0)];
  for (let round = 0; round < ROUNDS; round++)
    for (const column of round % 2 ? columns : [...columns].reverse()) settle(column, rows, before, after);
  return rows;
}

function settle(
  column: readonly string[],
  rows: Map<string, number>,
  before: ReadonlyMap<string, readonly string[]>,
  after: ReadonlyMap<string, readonly string[]>,
): void {
  const wanted = column.map((name) => {
    const near = [...(before.get(name) ?? []), ...(after.get(name) ?? [])];
    return near.length ? mean(near.map((other) => rows.get(other)!)) : rows.get(name)!;
  });
  for (const [at, row] of apart(wanted).entries()) rows.set(column[at]!, row);
}

/** As near to the wanted rows as an order with one row between neighbours allows: those that collide share the shift. */
export function apart(wanted: readonly number[]): number[] {
  const groups: { sum: number; size: number; start: number }[] = [];
  for (const [at, row] of wanted.entries()) {
    let group = { sum: row - at, size: 1, start: at };
    for (
      let last = groups.at(-1);
      last && last.sum / last.size > group.sum / group.size;
      last = groups.at(-1)
    ) {
      groups.pop();
      group = { sum: last.sum + group.sum, size: last.size + group.size, start: last.start };
    }
    groups.push(group);
  }
  return groups.flatMap(({ sum, size, start }) =>
    Array.from({ length: size }, (_, i) => sum / size + start + i),
  );
}
