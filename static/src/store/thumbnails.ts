import type { Client } from "../api/client";
import type { Preset, Thumbnail } from "../api/types";

/** The presets' small pictures, each asked for once; one that did not come is asked for again. */
export class Thumbnails {
  readonly #client: Pick<Client, "thumbnail">;
  readonly #asked = new Map<string, Promise<Thumbnail>>();

  constructor(client: Pick<Client, "thumbnail">) {
    this.#client = client;
  }

  of({ thumbnail }: Preset): Promise<Thumbnail> {
    const known = this.#asked.get(thumbnail);
    if (known) return known;
    const asked = this.#client.thumbnail(thumbnail);
    this.#asked.set(thumbnail, asked);
    asked.catch(() => this.#asked.delete(thumbnail));
    return asked;
  }
}
