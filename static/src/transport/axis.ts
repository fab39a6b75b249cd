import type { RunView } from "../store/view/runView.svelte";

/** A run just begun has no past to travel in: the axis starts with this many iterations. */
const SHORTEST = 20;

/** The iteration at the right end of the history, and of all that lies under it. */
export function axisEnd({ reach, ghosts }: Pick<RunView, "reach" | "ghosts">): number {
  return Math.max(reach, SHORTEST, ...ghosts.map((ghost) => ghost.loss.length - 1));
}
