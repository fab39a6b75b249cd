import { screen } from "../../common/screen";
import { studio } from "../../store/studio.svelte";

export type Sheet = "left" | "dock" | "right" | "past";
/** Pixels by which a finger has to drag the sheet's edge. */
const DRAGGED = 24;
const KEEPS_ITS_KEYS = "dialog, input, select, textarea, [role=menu]";

/** On small screens the rails and the dock are sheets, one at a time, of three heights: gone, half of the page, most of it. */
class Sheets {
  shown = $state<Sheet | null>("dock");
  tall = $state(false);
  #grabbed: number | null = null;

  show(name: Sheet | null): void {
    this.shown = name;
    if (name === null) this.tall = false;
  }

  turn(name: Sheet): void {
    this.show(this.shown === name ? null : name);
  }

  /** Up to most of the page, or back to half of it. */
  raise(): void {
    [this.shown, this.tall] = [this.shown ?? "dock", !this.tall];
  }

  grab({ clientY }: PointerEvent): void {
    this.#grabbed = clientY;
  }

  letGo({ clientY }: PointerEvent): void {
    const by = this.#grabbed === null ? 0 : this.#grabbed - clientY;
    this.#grabbed = null;
    if (Math.abs(by) < DRAGGED) return;
    if (by > 0) [this.shown, this.tall] = [this.shown ?? "dock", this.shown !== null];
    else if (this.tall) this.tall = false;
    else this.show(null);
  }

  /** On a small screen Escape puts away the sheet that is open, before it goes a level up. */
  loweredBy(event: KeyboardEvent): boolean {
    const elsewhere = event.target instanceof Element && event.target.closest(KEEPS_ITS_KEYS);
    if (event.key !== "Escape" || event.defaultPrevented || elsewhere) return false;
    if (!screen.small || this.shown === null || studio.examined.kind) return false;
    event.preventDefault();
    this.show(null);
    return true;
  }
}

export const sheets = new Sheets();
