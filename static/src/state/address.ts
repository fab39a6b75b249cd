import { decodePlace, encodePlace } from "./link";
import type { Store } from "./store.svelte";

/** Writes the place on show into the address bar, without a new entry in the history. */
export async function writeAddress(store: Store): Promise<void> {
  const { config, cursor, selection, sample } = store;
  if (!config) return;
  const fragment = await encodePlace({ config, ...cursor, selection, sample });
  // Something newer may have been written while this was being compressed.
  if (store.config === config && store.cursor === cursor)
    window.history.replaceState(null, "", `#${fragment}`);
}

/** Opens what the address says: a link's place, else the run that the page was served for, else the first preset. */
export async function openAddress(store: Store, run: string | undefined): Promise<void> {
  const place = await decodePlace(window.location.hash.slice(1));
  if (place) await store.open(place.config, place);
  else if (run) await store.openRun(run);
  else await store.openPreset("circle");
}
