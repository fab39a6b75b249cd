import type { Edit, RunConfig } from "../../api/types";
import { type Branch, type Colour, LONGEST_NAME, type Marks, MOST_SHARED, type Relative } from "./branch";
import { kept, stored } from "./familyFile";
import { editsKey, runKey, settingsKey } from "./runKeys";

/** More runs of one tab nobody finds again by looking. */
const MOST = 2000;
/** So long what was deleted can be put back, in milliseconds. */
const UNDO = 10_000;
/** 2³² by the golden ratio: its multiples lie far apart. */
const SPREAD = 2_654_435_769;

/** The runs that were on show in this tab: branches stay in the tree when they are left. */
export class Family {
  list = $state.raw<readonly Relative[]>(kept().slice(-MOST));
  /** What was taken out last, for as long as it can be put back. */
  taken = $state.raw<Relative | null>(null);
  readonly #gone = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #places = $derived(new Map(this.list.map((relative, i) => [runKey(relative.config), i])));
  /** The runs of each tree. */
  readonly #trees = $derived(grouped(this.list, ({ config }) => settingsKey(config)));

  visit(config: RunConfig | null, to: number): void {
    if (!config) return;
    this.#gone.delete(runKey(config));
    const known = this.#known(config);
    const others = this.list.filter((other) => other !== known);
    this.#set([...others, { ...known, config, to: Math.max(to, known?.to ?? 0) }].slice(-MOST));
  }

  #known(config: RunConfig): Relative | undefined {
    const at = this.#places.get(runKey(config));
    return at === undefined ? undefined : this.list[at];
  }

  /** How far any other run of its tree was seen: so long the tree's axis has to be. */
  furthest(config: RunConfig): number {
    const [own, tree] = [runKey(config), this.#trees.get(settingsKey(config)) ?? []];
    return tree.reduce(
      (most, other) => (other.to > most && runKey(other.config) !== own ? other.to : most),
      0,
    );
  }

  nameOf = (config: RunConfig): string => this.#known(config)?.name ?? "";
  colourOf = (config: RunConfig): Colour | undefined => this.#known(config)?.colour;

  /** Gives a run another name or colour; an empty one takes it away. It need not have been left before. */
  mark(config: RunConfig, change: { name?: string; colour?: Colour | null }, to = 0): void {
    const known = this.#known(config) ?? { config, to };
    const name = (change.name ?? known.name ?? "").trim().slice(0, LONGEST_NAME);
    const colour = change.colour === undefined ? known.colour : change.colour;
    const marked = { config, to: known.to, ...(name ? { name } : {}), ...(colour ? { colour } : {}) };
    const at = this.#places.get(runKey(config));
    this.#set(at === undefined ? [...this.list, marked] : this.list.with(at, marked));
  }

  /** Takes a run out of the tree; those that left it hang on the one before. */
  drop(config: RunConfig): void {
    const known = this.#known(config) ?? { config, to: 0 };
    this.#gone.add(runKey(config));
    this.#set(this.list.filter((other) => other !== known));
    this.taken = known;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.taken = null), UNDO);
  }

  putBack(): void {
    const { taken } = this;
    if (!taken) return;
    this.taken = null;
    this.#gone.delete(runKey(taken.config));
    if (!this.#known(taken.config)) this.#set([...this.list, taken]);
  }

  /** What a link brings stands beside what is here; what was named or taken out here stays so. */
  adopt(config: RunConfig, brought: readonly Branch[]): void {
    const list = [...this.list];
    for (const { edits, ...branch } of brought) {
      const relative = { ...branch, config: { ...config, edits: [...edits] } };
      const key = runKey(relative.config);
      if (this.#gone.has(key)) continue;
      const at = this.#places.get(key);
      if (at === undefined) list.push(relative);
      else list[at] = { ...relative, ...list[at]! };
    }
    if (brought.length) this.#set(list.slice(-MOST));
  }

  /** What a link takes along of the tree that a run is in. */
  shared(config: RunConfig): Branch[] {
    const own = runKey(config);
    const settings = settingsKey(config);
    const near = this.list.filter((relative) => settingsKey(relative.config) === settings);
    const isMarked = ({ name, colour }: Marks) => name !== undefined || colour !== undefined;
    const told = near.filter((relative) => isMarked(relative) || runKey(relative.config) !== own);
    const first = told.toReversed().toSorted((a, b) => Number(isMarked(b)) - Number(isMarked(a)));
    return first.slice(0, MOST_SHARED).map(({ config: { edits }, ...rest }) => ({ edits, ...rest }));
  }

  #set(list: readonly Relative[]): void {
    this.list = list;
    stored(list);
  }
}

/** A run on its own lane: from where it leaves its parent, by which changes. */
export interface Lane {
  config: RunConfig;
  /** Position of the parent's lane; null for one that leaves no run that is here. */
  parent: number | null;
  from: number;
  edits: readonly Edit[];
}

/**
 * The runs that share a past with one, each below its parent; later forks lie nearer to it, so that no lane crosses
 * another. Of a thousand none is compared with all others: a parent is looked for among those with fewer edits.
 */
export function lanesOf(configs: readonly RunConfig[], of: RunConfig): Lane[] {
  const settings = settingsKey(of);
  const family = configs.filter((config) => settingsKey(config) === settings);
  const parents = parentsOf(family);
  const children = grouped(family, (config): RunConfig | null => parents.get(config)!);
  const order: Lane[] = [];
  // A list instead of calls within calls: a chain of a thousand branches is deep.
  const waiting = (children.get(null) ?? []).toReversed().map((config) => laneOf(config, null, null));
  while (waiting.length) {
    const lane = waiting.pop()!;
    const at = order.push(lane) - 1;
    const next = (children.get(lane.config) ?? []).map((config) => laneOf(config, lane.config, at));
    waiting.push(...next.toSorted((a, b) => a.from - b.from));
  }
  return order;
}

function laneOf(config: RunConfig, parent: RunConfig | null, at: number | null): Lane {
  const known = new Set(parent ? editsKey(parent) : []);
  const keys = editsKey(config);
  const edits = config.edits.filter((_, i) => !known.has(keys[i]!));
  return {
    config,
    parent: at,
    edits,
    from: parent ? Math.min(...edits.map(({ iteration }) => iteration)) : 0,
  };
}

/** Of each run the one with the most of its edits, and no others. */
function parentsOf(family: readonly RunConfig[]): Map<RunConfig, RunConfig | null> {
  const fewer = family.toSorted((a, b) => b.edits.length - a.edits.length);
  const starts = new Map<number, number>();
  for (const [i, { edits }] of fewer.entries()) starts.set(edits.length, i + 1);
  const sums = new Sums();
  const places = grouped([...fewer.keys()], (i) => sums.of(editsKey(fewer[i]!)));
  return new Map(
    family.map((config) => {
      const keys = editsKey(config);
      const own = new Set(keys);
      const isWithin = (i: number) => editsKey(fewer[i]!).every((key) => own.has(key));
      const sum = sums.of(keys);
      const near = keys.flatMap((key) => places.get(sum - sums.of([key])) ?? []);
      const closest = near.filter((i) => fewer[i]!.edits.length === keys.length - 1 && isWithin(i));
      const first = starts.get(keys.length - 1) ?? starts.get(keys.length)!;
      const at = closest.length ? Math.min(...closest) : fewer.findIndex((_, i) => i >= first && isWithin(i));
      return [config, fewer[at] ?? null];
    }),
  );
}

/**
 * A number for each set of edits, whatever order they are in: without one of them it is less by that one's own. So the
 * run that lacks one edit of another, as nearly every parent does, is found without looking through all.
 */
class Sums {
  readonly #numbers = new Map<string, number>();

  of(keys: readonly string[]): number {
    let sum = 0;
    for (const key of keys) {
      const number = this.#numbers.get(key) ?? Math.imul(this.#numbers.size + 1, SPREAD) >>> 0;
      this.#numbers.set(key, number);
      sum += number;
    }
    return sum;
  }
}

function grouped<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
