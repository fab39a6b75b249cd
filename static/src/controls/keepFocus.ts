const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), [tabindex='0']";

/** Where something stands: what holds it, from near to far, and at which place. */
type Way = { parent: Element; place: number }[];

/**
 * For what holds rows that come and go: the focus of what goes is taken over by what stands in its place then, else by
 * what stands before it, so that a keyboard is never thrown back to the start of the page.
 */
export function keepFocus(holder: HTMLElement): () => void {
  let last: Element | null = null;
  let way: Way = [];

  function onfocusin({ target }: FocusEvent): void {
    last = target as Element;
    way = wayTo(last, holder);
  }
  /** What is left goes nowhere; what is taken away has no place any more by then. */
  function onfocusout(): void {
    const from = last;
    queueMicrotask(() => {
      if (from?.isConnected && last === from && document.activeElement !== from) last = null;
    });
  }
  function changed(): void {
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    last = null;
    const left = way.find(({ parent }) => parent.isConnected);
    if (left) inPlace(left.parent, left.place)?.focus();
  }

  const observer = new MutationObserver(changed);
  observer.observe(holder, { childList: true, subtree: true });
  holder.addEventListener("focusin", onfocusin);
  holder.addEventListener("focusout", onfocusout);
  return () => {
    observer.disconnect();
    holder.removeEventListener("focusin", onfocusin);
    holder.removeEventListener("focusout", onfocusout);
  };
}

function wayTo(element: Element, holder: Element): Way {
  const way: Way = [];
  for (let at = element; at !== holder && at.parentElement; at = at.parentElement)
    way.push({ parent: at.parentElement, place: [...at.parentElement.children].indexOf(at) });
  return way;
}

function inPlace(parent: Element, place: number): HTMLElement | null {
  const children = [...parent.children];
  for (const child of [...children.slice(place), ...children.slice(0, place).reverse()]) {
    const found = child.matches(FOCUSABLE) ? child : child.querySelector(FOCUSABLE);
    if (found) return found as HTMLElement;
  }
  return null;
}
