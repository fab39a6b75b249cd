import { NOTATIONS, type NumberStyle, numbers } from "../common/numbers.svelte";
import { loadPreferences, savePreferences, type Theme } from "./preferences";

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };

/** Light or dark, on every page: as chosen, else as the system asks for. */
class Appearance {
  theme = $state(loadPreferences().theme);
  #systemDark = $state(false);
  readonly dark = $derived(this.theme === "auto" ? this.#systemDark : this.theme === "dark");

  turn(): void {
    this.theme = NEXT[this.theme];
    savePreferences({ theme: this.theme });
  }

  /** Follows what the system asks for, until the function that it answers is called. */
  follow(): () => void {
    const asked = window.matchMedia("(prefers-color-scheme: dark)");
    const update = () => {
      this.#systemDark = asked.matches;
    };
    update();
    asked.addEventListener("change", update);
    return () => asked.removeEventListener("change", update);
  }
}

export const appearance = new Appearance();

/** Writes numbers so on this page, and from now on. */
export function writeNumbers(change: Partial<NumberStyle>): void {
  numbers.style = { ...numbers.style, ...change };
  savePreferences({ numbers: numbers.style });
}

/** The next way of writing them. */
export function turnNotation(): void {
  const at = NOTATIONS.findIndex(({ value }) => value === numbers.style.notation);
  writeNumbers({ notation: NOTATIONS[(at + 1) % NOTATIONS.length]!.value });
}

/** Shows the whole page light or dark, and its numbers as they were chosen, for as long as the component that calls it is there. */
export function showAppearance(): void {
  numbers.style = loadPreferences().numbers;
  $effect(() => appearance.follow());
  $effect.pre(() => {
    document.documentElement.dataset.theme = appearance.dark ? "dark" : "light";
  });
}
