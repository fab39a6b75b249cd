import type { Attachment } from "svelte/attachments";

/** KaTeX is the largest library here by far: it loads beside the first picture, not before it. */
let loading: Promise<typeof import("katex").default> | null = null;

async function load(): Promise<typeof import("katex").default> {
  const [katex] = await Promise.all([import("katex"), import("katex/dist/katex.min.css")]);
  return katex.default;
}

/** Renders LaTeX into the element. By DOM calls, not markup: the page's policy forbids inline styles in markup. */
export function math(latex: string, { display = false } = {}): Attachment<HTMLElement> {
  return (element) => {
    let wanted = true;
    loading ??= load();
    loading.then((katex) => {
      if (wanted) katex.render(latex, element, { displayMode: display, throwOnError: false, strict: false });
    });
    return () => {
      wanted = false;
    };
  };
}
