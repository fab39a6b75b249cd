import type { Edit, RunConfig } from "../../api/types";
import { same } from "../../config/paths";

/** A run that was on show, and how far it was seen. */
export interface Relative {
  config: RunConfig;
  to: number;
}

/** A run on its own lane: from where it leaves its parent, by which changes. */
export interface Lane extends Relative {
  /** Position of the parent's lane; null for one that leaves no run that is here. */
  parent: number | null;
  from: number;
  edits: readonly Edit[];
}

/** More runs of one tab nobody finds again by looking. */
const MOST = 200;
const KEY = "backscope.family";

/** The runs that were on show in this tab: branches stay in the tree when they are left. */
export class Family {
  list = $state.raw<readonly Relative[]>(load());

  visit(config: RunConfig | null, to: number): void {
    if (!config) return;
    const known = this.list.find((other) => same(other.config, config));
    const others = this.list.filter((other) => other !== known);
    this.#set([...others, { config, to: Math.max(to, known?.to ?? 0) }].slice(-MOST));
  }

  drop(config: RunConfig): void {
    this.#set(this.list.filter((other) => !same(other.config, config)));
  }

  #set(list: readonly Relative[]): void {
    this.list = list;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(list));
    } catch {
      // storage is full or switched off: the tree then lasts as long as the page
    }
  }
}

function load(): Relative[] {
  try {
    const raw: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(raw) ? raw.filter((item) => Array.isArray(item?.config?.edits)).slice(-MOST) : [];
  } catch {
    return [];
  }
}

/**
 * The runs that share a past with one, each below its parent; later forks lie nearer to it, so that no lane crosses
 * another.
 */
export function lanesOf(list: readonly Relative[], of: RunConfig): Lane[] {
  const family = list.filter(({ config }) => same(settings(config), settings(of)));
  const parents = family.map((relative) => parentOf(relative, family));
  const order: Lane[] = [];
  const place = (relative: Relative, parent: number | null, above: Relative | null) => {
    const edits = lacking(relative.config, above?.config);
    const from = above ? Math.min(...edits.map(({ iteration }) => iteration)) : 0;
    const at = order.push({ ...relative, parent, from, edits }) - 1;
    const children = family.filter((_, i) => parents[i] === relative);
    for (const child of children.toSorted((a, b) => start(b, relative) - start(a, relative)))
      place(child, at, relative);
  };
  family.forEach((relative, i) => {
    if (parents[i] === null) place(relative, null, null);
  });
  return order;
}

const settings = ({ edits: _, ...rest }: RunConfig) => rest;
const lacking = (config: RunConfig, than?: RunConfig) =>
  config.edits.filter((edit) => !than?.edits.some((other) => same(edit, other)));
const start = ({ config }: Relative, parent: Relative) =>
  Math.min(...lacking(config, parent.config).map(({ iteration }) => iteration));

/** The run with the most of another's edits, and no others. */
function parentOf({ config }: Relative, family: readonly Relative[]): Relative | null {
  const count = config.edits.length;
  const above = family.filter(
    (other) => other.config.edits.length < count && lacking(other.config, config).length === 0,
  );
  return above.reduce<Relative | null>(
    (best, other) => (best && best.config.edits.length >= other.config.edits.length ? best : other),
    null,
  );
}
