import type { Client } from "../api/client";
import type { RunConfig } from "../api/types";
import { same } from "../config/paths";
import { EMPTY_SERIES, type Ghost, pastOf, withSlice } from "./history";
import type { Beside } from "./link";
import type { RunView } from "./view/runView.svelte";

/** So many courses are told from each other. */
const MOST = 4;
/** What a loss is of: courses of other data or another loss are not to be compared. */
const MEASURED_BY = ["data", "loss", "expression"] as const;
const comparable = (a: RunConfig, b: RunConfig) => MEASURED_BY.every((key) => same(a[key], b[key]));

/** The iteration at which two runs part: up to it they are one. */
export function partsAt(a: RunConfig, b: RunConfig): number {
  const [{ edits: here, ...settings }, { edits: there, ...others }] = [a, b];
  if (!same(settings, others)) return 0;
  const lacks = (edits: RunConfig["edits"]) => (edit: object) => !edits.some((other) => same(edit, other));
  const own = [...here.filter(lacks(there)), ...there.filter(lacks(here))];
  return Math.min(...own.map(({ iteration }) => iteration));
}

/**
 * A run with the courses that stand beside it once it takes the place of another: those that its link brings, those
 * beside the run that is left, and that one's own. What is known of its own past goes on.
 */
export function withCourses(next: RunView, left: RunView, brought: readonly Beside[] = []): RunView {
  const config = next.config!;
  const near = left.config && comparable(config, left.config) ? [...left.ghosts, ...courseOf(left)] : [];
  const all = [...brought.map((course) => unfilled(course, config)), ...near];
  const newest = all.filter(
    (ghost, i) => !all.slice(i + 1).some((later) => same(later.config, ghost.config)),
  );
  const own = near.find((ghost) => same(ghost.config, config));
  next.ghosts = newest
    .filter((ghost) => !same(ghost.config, config))
    .slice(-MOST)
    .map((ghost) => ({ ...ghost, at: partsAt(config, ghost.config) }));
  if (own) next.reach = Math.max(next.reach, own.to - 1);
  if (near.length) next.history = own ?? pastOf(left.history, partsAt(config, left.config!));
  return next;
}

/** The course of the run that is left, as far as it was seen. */
function courseOf({ run, history, reach }: RunView): Ghost[] {
  if (!run || history.known === 0) return [];
  return [{ ...history, id: run.id, config: run.config, at: 0, to: Math.max(history.known, reach + 1) }];
}

/** A course that is to be drawn, of which no loss is here yet. */
const unfilled = ({ config, to }: Beside, { data }: RunConfig): Ghost => ({
  ...EMPTY_SERIES,
  id: "",
  config: { ...config, data } as RunConfig,
  at: 0,
  to,
});

/** What a link carries of the courses beside a run; their data are the run's. */
export const besideOf = (ghosts: readonly Ghost[]): Beside[] =>
  ghosts.map(({ config: { data: _, ...config }, to }) => ({ config, to }));

/** A course with all of its losses. */
export async function filled(client: Client, ghost: Ghost): Promise<Ghost> {
  if (ghost.known >= ghost.to) return ghost;
  const id = ghost.id || (await client.createRun(ghost.config)).id;
  return { ...ghost, ...withSlice(ghost, await client.history(id, ghost.known, ghost.to)), id };
}
