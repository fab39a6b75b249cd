import type { Family } from "../store/moments/family.svelte";
import type { RunView } from "../store/view/runView.svelte";

/** A run just begun has no past to travel in: the axis starts with this many iterations. */
const SHORTEST = 20;

/** The iteration at the right end of the history, and of all that lies under it. */
export function axisEnd(
  view: Pick<RunView, "reach" | "ghosts" | "config">,
  family: Pick<Family, "furthest">,
): number {
  const { reach, ghosts, config } = view;
  const tree = config ? family.furthest(config) : 0;
  return Math.max(reach, SHORTEST, tree, ...ghosts.map((ghost) => ghost.loss.length - 1));
}
