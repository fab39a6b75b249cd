import { between, channels } from "../common/colour";

/** From this share on a shade is so dark that text on it is light; no shade between can hold either. */
export const DARK = 0.72;
type Ink = (share: number | null) => string;

/** Loss is ink, the darker the better: 0 is worst, 1 is best; null for what diverged. Colours are read once. */
export function inks(style: CSSStyleDeclaration): Ink {
  const token = (name: string) => channels(style.getPropertyValue(name).trim());
  const [paper, ink, bad] = [token("--paper"), token("--ink"), token("--bad")];
  return (share) => {
    const [r, g, b] =
      share === null
        ? between(paper, bad, 0.22)
        : between(paper, ink, share > DARK ? 0.2 + 0.62 * share : 0.08 + 0.4 * share);
    return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;
  };
}
