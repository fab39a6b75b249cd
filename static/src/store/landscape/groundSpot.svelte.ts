import { ApiError } from "../../api/client";
import type { LandscapeSpot } from "../../api/types";
import { landscape } from "./landscapePage.svelte";

/** A place on the ground that was clicked: the loss there, and the way to a run that starts there. */
class GroundSpot {
  place = $state.raw<{ a: number; b: number } | null>(null);
  found = $state.raw<LandscapeSpot | null>(null);
  trouble = $state("");
  opening = $state(false);

  async ask(a: number, b: number): Promise<void> {
    const place = { a, b };
    this.close();
    this.place = place;
    await this.#told(async () => {
      const found = await landscape.spot(a, b);
      if (this.place === place) this.found = found;
    });
  }

  close(): void {
    this.place = null;
    this.found = null;
    this.trouble = "";
  }

  /** Where the studio is at that place. */
  async link(): Promise<string | null> {
    let link: string | null = null;
    this.opening = true;
    await this.#told(async () => {
      link = await landscape.spotLink(this.found!.edits);
    });
    this.opening = false;
    return link;
  }

  async #told(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error.detail;
    }
  }
}

export const groundSpot = new GroundSpot();
