import "katex/dist/katex.min.css";
import type { Attachment } from "svelte/attachments";

/** KaTeX is the largest library here by far: it loads beside the first picture, not before it. */
let loading: Promise<typeof import("katex").default> | null = null;

async function load(): Promise<typeof import("katex").default> {
  return (await import("katex")).default;
}

/** A formula that is too wide becomes smaller, but not smaller than this share of its size. */
const SMALLEST = 0.7;

interface Fitting {
  display?: boolean;
  /** Whether it is made smaller where it is wider than the element. */
  fit?: boolean;
  /** Told once of a formula that is too wide even so. */
  tooWide?: (() => void) | undefined;
}

/**
 * Renders LaTeX into the element. By DOM calls, not markup: the page's policy forbids inline styles in markup.
 */
export function math(
  latex: string,
  { display = false, fit = false, tooWide }: Fitting = {},
): Attachment<HTMLElement> {
  return (element) => {
    let wanted = true;
    let release = () => {};
    loading ??= load();
    loading.then((katex) => {
      if (!wanted) return;
      element.replaceChildren(typeset(katex, latex, display));
      if (fit) release = keepFitting(element, tooWide);
    });
    return () => {
      wanted = false;
      release();
    };
  };
}

/** Formulas come back with each iteration: so many of them are kept as they were set. */
const KEPT = 300;
const kept = new Map<string, DocumentFragment>();

function typeset(katex: typeof import("katex").default, latex: string, displayMode: boolean): Node {
  const key = `${displayMode} ${latex}`;
  let formula = kept.get(key);
  if (!formula) {
    const sheet = document.createElement("div");
    katex.render(latex, sheet, { displayMode, throwOnError: false, strict: false });
    formula = document.createDocumentFragment();
    formula.append(...sheet.childNodes);
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    kept.set(key, formula);
  }
  return formula.cloneNode(true);
}

/** Fits what is in the element to its width now and whenever that changes, until it is released. */
function keepFitting(element: HTMLElement, tooWide = () => {}): () => void {
  const refit = () => {
    width = element.clientWidth;
    if (shrink(element)) tooWide();
  };
  let width = 0;
  // Not at once: its own height changes too, and the browser reports what changes while it is being observed.
  const observer = new ResizeObserver(() => element.clientWidth !== width && requestAnimationFrame(refit));
  refit(); // which lays it out, so that its typefaces are asked for: until they are here, widths are others'
  if (document.fonts.status !== "loaded") document.fonts.ready.then(refit);
  observer.observe(element);
  return () => observer.disconnect();
}

/** Whether it is too wide at its smallest, too. */
function shrink(element: HTMLElement): boolean {
  element.style.fontSize = "";
  const share = element.clientWidth / element.scrollWidth;
  const size = Number.parseFloat(getComputedStyle(element).fontSize);
  if (share < 1) element.style.fontSize = `${size * Math.max(SMALLEST, share)}px`;
  // What is still too wide scrolls, also by keyboard.
  if (share < SMALLEST) element.tabIndex = 0;
  else element.removeAttribute("tabindex");
  return share < SMALLEST;
}

/** A letter with what stands below and above at its right: β₁, η⁻, z_min. */
export interface PlainSymbol {
  letter: string;
  below: string;
  above: string;
}

const GREEK: Record<string, string> = {
  alpha: "α",
  beta: "β",
  gamma: "γ",
  delta: "δ",
  epsilon: "ϵ",
  varepsilon: "ε",
  eta: "η",
  theta: "θ",
  kappa: "κ",
  lambda: "λ",
  mu: "μ",
  rho: "ρ",
  sigma: "σ",
  tau: "τ",
  psi: "ψ",
  omega: "ω",
  Gamma: "Γ",
};
const ONE = /^(?:\\([A-Za-z]+)|([A-Za-z]))(?:([_^])(?:\{(\\?[\w+-]+)\}|([\w+-])))?$/;

/** What a LaTeX list of such letters says; null for anything that is more than that. */
export function plainSymbols(latex: string): PlainSymbol[] | null {
  const read = latex.split(/,\s*/).map(plainSymbol);
  return read.every((symbol) => symbol !== null) ? read : null;
}

function plainSymbol(latex: string): PlainSymbol | null {
  const [, greek, latin, side, long, short] = ONE.exec(latex) ?? [];
  const letter = greek ? GREEK[greek] : latin;
  const index = (long ?? short ?? "").replace("\\", "").replace("-", "−");
  return letter ? { letter, below: side === "_" ? index : "", above: side === "^" ? index : "" } : null;
}
