import type { ViewState } from "../view/viewState.svelte";
import { recent } from "./recent.svelte";

/** So long a place rests before it is kept as what was seen last, in milliseconds. */
const REST = 1500;

type Shown = Pick<ViewState, "run" | "cursor" | "playing">;

/** Keeps the place on show as what was seen last, wherever one goes from here: to be called by what is always there. */
export function keepSeenLast(shown: () => Shown): void {
  const note = () => {
    const { run, cursor } = shown();
    if (!run || run.recording) return;
    const { id, title, config } = run;
    recent.note({ id, title, config, iteration: cursor.iteration, step: cursor.step, when: Date.now() });
  };
  $effect(() => {
    const { run, cursor, playing } = shown();
    if (playing || !run || !cursor) return;
    const timer = setTimeout(note, REST);
    return () => clearTimeout(timer);
  });
  // A phone puts a page aside, and ends it later without a word.
  $effect(() => {
    const left = () => document.visibilityState === "hidden" && note();
    window.addEventListener("pagehide", note);
    document.addEventListener("visibilitychange", left);
    return () => {
      window.removeEventListener("pagehide", note);
      document.removeEventListener("visibilitychange", left);
    };
  });
}
