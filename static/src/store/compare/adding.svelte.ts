import { ApiError, type Client } from "../../api/client";
import type { Preset, RunConfig, SavedRun } from "../../api/types";
import { courseName } from "../../config/differences";
import { decodePlace } from "../link";
import type { Family } from "../moments/family.svelte";
import type { NamedConfig } from "./sides";

type Server = Pick<Client, "library" | "presets">;

/** A run that can be added, and what is said of it. */
export interface Offer extends NamedConfig {
  about: string;
}
/** Runs that come from one place. */
export interface OfferGroup {
  title: string;
  offers: readonly Offer[];
}

/** So many runs of one place are offered at once; a word that is typed finds the others. */
const MOST = 100;
const UNREAD = "This is no link of the studio: Share makes one.";

/** Runs to add to a comparison: of this tab's tree, of the library, a preset, or what a link holds. */
export class Adding {
  readonly #server: Server;
  readonly #family: Pick<Family, "list" | "nameOf">;
  open = $state(false);
  words = $state("");
  trouble = $state("");
  #presets = $state.raw<readonly Preset[]>([]);
  #saved = $state.raw<readonly SavedRun[]>([]);
  #asked = 0;

  constructor(server: Server, family: Pick<Family, "list" | "nameOf">) {
    this.#server = server;
    this.#family = family;
  }

  /** Where runs can be taken from, with what has the words that are typed; the library has searched by itself. */
  get groups(): OfferGroup[] {
    const has = ({ name, about }: Offer) =>
      `${name} ${about}`.toLowerCase().includes(this.words.toLowerCase());
    const library = this.#saved.map(({ name, seen, config, note }) => ({
      name: name || seen?.title || "run",
      config,
      about: note || (seen?.title ?? ""),
    }));
    const presets = this.#presets.map(({ name, title, summary, config }) => ({
      name: title || name,
      config,
      about: summary,
    }));
    return [
      { title: "Seen in this tab", offers: this.#tree().filter(has) },
      { title: "Library", offers: library },
      { title: "Presets", offers: presets.filter(has) },
    ]
      .filter(({ offers }) => offers.length)
      .map(({ title, offers }) => ({ title, offers: offers.slice(0, MOST) }));
  }

  #tree(): Offer[] {
    return this.#family.list
      .toReversed()
      .map(({ config }) => ({ config, name: this.#family.nameOf(config) || plainName(config), about: "" }));
  }

  begin(): void {
    this.open = true;
    this.words = this.trouble = "";
    void this.find("");
  }

  /** What is offered for the words that are typed. */
  async find(words: string): Promise<void> {
    this.words = words;
    const mine = ++this.#asked;
    try {
      if (!this.#presets.length) this.#presets = await this.#server.presets();
      const { entries } = await this.#server.library({ search: words, sort: "saved", limit: MOST });
      if (mine === this.#asked) this.#saved = entries;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error.detail;
    }
  }

  /** The run that a link of the studio holds; null, and why, if it holds none. */
  async read(link: string): Promise<NamedConfig | null> {
    const place = await decodePlace(link.slice(link.indexOf("#") + 1).trim());
    this.trouble = place ? "" : UNREAD;
    return place && { name: plainName(place.config), config: place.config };
  }
}

/** What a run is called that nobody named. */
function plainName(config: RunConfig): string {
  const changes = config.edits.length ? courseName(config, { ...config, edits: [] }) : "";
  const data = config.data?.name;
  const first = typeof data === "string" ? data.replaceAll("_", " ") : "run";
  return changes ? `${first}, ${changes}` : first;
}
