import { same } from "../config/paths";
import { besideOf } from "../store/courses";
import { decodePlace, encodePlace, hrefOf, type Place } from "../store/link";
import type { Studio } from "../store/studio.svelte";

const UNKNOWN = 404;
const INSTEAD = "The circle is on show instead.";
const DAMAGED = `It is cut off or changed, or was not made by Share. ${INSTEAD} Ask whoever sent it to copy the whole link.`;
const UNKNOWN_RUN = `Its address names a run by its number only, which means something where the run was made. ${INSTEAD} A link made by Share holds the whole run and opens anywhere.`;

/** The run that a page is served for, and where in it to begin. */
export interface Served {
  run: string;
  iteration: number;
}

/** What the browser's own history has to be able to do. */
export type Entries = Pick<History, "pushState" | "replaceState" | "back" | "forward" | "state">;

/**
 * The address bar: every run has an entry of its own in the browser's history, and moving about in a run only rewrites
 * that entry. So Back leads to the run before, at the place where it was left.
 */
export class Address {
  readonly #entries: Entries;
  #here: Place | null = null;
  /** The place at which the entry's run was left, while the entry of the one on show is still to be made. */
  #left: Place | null = null;
  #arriving = false;
  /** What is on its way through the browser's history: one move after the other, each once the last has arrived. */
  #moves: Promise<void> = Promise.resolve();
  #arrival: Promise<void> = Promise.resolve();
  #arrived = (): void => {};
  #writing: Promise<void> = Promise.resolve();
  /** Which entry of ours is the last one. */
  #last = 0;

  constructor(entries: Entries = window.history) {
    this.#entries = entries;
  }

  /** Remembers the place at once: the address itself waits until the cursor rests. */
  note(place: Place): void {
    const before = this.#here?.config ?? place.config;
    const another = before !== place.config && !same(before, place.config);
    if (another && !this.#arriving) this.#left ??= this.#here;
    this.#here = place;
  }

  /** Done once the address holds the place; writes wait for one another, so none is overtaken by an older place. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const [here, left] = [this.#here, this.#left];
    if (!here || this.#arriving) return; // the address is ahead of what is on show
    this.#left = null;
    const [now, before] = [await encodePlace(here), left && (await encodePlace(left))];
    const n = this.#entry;
    this.#entries.replaceState({ n }, "", `#${before ?? now}`);
    if (!before) return;
    this.#last = n + 1;
    this.#entries.pushState({ n: n + 1 }, "", `#${now}`);
  }

  /** Which of our entries the browser is at. */
  get #entry(): number {
    return (this.#entries.state as { n?: number } | null)?.n ?? 0;
  }

  /** Back to the run before; never out of the studio. */
  undo(): Promise<void> {
    return this.#move(() => this.#entry > 0 && this.#leave(() => this.#entries.back()));
  }

  /** To the run that was left by `undo`. */
  redo(): Promise<void> {
    return this.#move(() => this.#entry < this.#last && this.#leave(() => this.#entries.forward()));
  }

  #move(go: () => void): Promise<void> {
    this.#moves = this.#moves.then(async () => {
      await this.#arrival;
      await this.write();
      go();
    });
    return this.#moves;
  }

  #leave(go: () => void): void {
    this.#expect();
    go();
  }

  #expect(): void {
    this.#arriving = true;
    this.#arrival = new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  /** Opens what the address says: a link's place, else the run that the page was served for, else the first preset. */
  async open(studio: Studio, hash: string, served: Served | null): Promise<void> {
    if (!this.#arriving) this.#expect();
    // A place is opened to be seen: what was playing does not carry it away.
    studio.view.pause();
    const fragment = hash.slice(1);
    const place = await decodePlace(fragment);
    if (place) await openLinked(studio, place);
    else if (served && !fragment) await openRun(studio, served);
    else await openFirst(studio, fragment);
    const here = placeOf(studio);
    if (here) this.note(here);
    this.#arriving = false;
    this.#arrived();
  }
}

/** A link into the middle of a sum is walked on from there, by terms; the size of a step that is kept stays as it is. */
async function openLinked(studio: Studio, place: Place): Promise<void> {
  await studio.openPlace(place);
  if (place.term !== undefined) studio.preferences = { ...studio.preferences, granularity: "term" };
}

/** The first preset, and why where a link was to lead elsewhere. */
async function openFirst(studio: Studio, fragment: string): Promise<void> {
  await studio.openPreset("circle");
  if (fragment && !studio.trouble) studio.warn("This link leads nowhere.", DAMAGED);
}

/** A run by its id; where the server knows none of that id, the first preset, and why: nobody can go on from nothing. */
async function openRun(studio: Studio, { run, iteration }: Served): Promise<void> {
  await studio.openRun(run, { iteration });
  const { view, trouble } = studio;
  if (view.run || trouble?.status !== UNKNOWN) return;
  await studio.openPreset("circle");
  if (!studio.trouble) studio.warn("This server does not know the run of this link.", UNKNOWN_RUN);
}

/** The whole address of a place, in the studio itself. */
export const linkTo = async (place: Place): Promise<string> =>
  new URL(await hrefOf("/", place), window.location.href).href;

/** The place on show, once there is a run, with the conditions that stop and what is watched. */
export function placeOf({ view, granularity, stops, watched, family }: Looked): Place | null {
  const { config, cursor, selection, sample, layer, term, ghosts } = view;
  const branches = config ? family.shared(config) : [];
  const more = {
    ...(layer === null ? {} : { layer }),
    ...(term === null || granularity !== "term" ? {} : { term }),
    ...(ghosts.length ? { beside: besideOf(ghosts) } : {}),
    ...(stops.list.length ? { stops: stops.list } : {}),
    ...(watched.list.length ? { watched: watched.list } : {}),
    ...(branches.length ? { branches } : {}),
  };
  return config && { config, ...cursor, selection, sample, ...more };
}

interface Looked {
  readonly view: Pick<
    Studio["view"],
    "config" | "cursor" | "selection" | "sample" | "layer" | "term" | "ghosts"
  >;
  readonly granularity: Studio["granularity"];
  readonly stops: Pick<Studio["stops"], "list">;
  readonly watched: Pick<Studio["watched"], "list">;
  readonly family: Pick<Studio["family"], "shared">;
}
