import { getContext, setContext } from "svelte";
import { studio } from "./studio.svelte";
import type { RunView } from "./view/runView.svelte";

const KEY = "view";

/** Which run a part of the page shows. */
export interface Showing {
  readonly view: RunView;
}

/** What the panels inside a component show, where it is not the studio's own run: two can stand side by side. */
export const showHere = (showing: Showing): Showing => setContext(KEY, showing);

/** The run that a panel shows: of whoever holds it, else the studio's. Read `view` anew each time, it changes. */
export const viewHere = (): Showing => getContext<Showing | undefined>(KEY) ?? studio;
