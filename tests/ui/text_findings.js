// Every text on the page that stands over another one, leaves the box that it is in, or is cut without a sign.
() => {
  const [ACROSS, DOWN] = [2, 4]; // pixels that two texts may share: lines have room above and below their letters
  const OUT = 2.5; // pixels by which a text may leave its box
  const UNREAD = ".katex-mathml, .hidden, option, script, style, noscript, title";

  const name = (element) => `<${element.tagName.toLowerCase()}.${[...element.classList].join(".")}>`;
  const lineage = (element) => (element ? [element, ...lineage(element.parentElement)] : []);
  const isShown = (element) =>
    element.checkVisibility() && // not inside what is folded
    lineage(element).every((e) => {
      const { visibility, display, opacity } = getComputedStyle(e);
      return visibility !== "hidden" && display !== "none" && Number(opacity) > 0.05;
    });
  const paints = ({ backgroundColor }) => backgroundColor !== "rgba(0, 0, 0, 0)" && backgroundColor !== "transparent";

  /** What is seen of a box: the rest is outside the window, or scrolled away. */
  function seen({ left, top, right, bottom }, element) {
    const box = { left: Math.max(left, 0), top: Math.max(top, 0), right: Math.min(right, innerWidth), bottom: Math.min(bottom, innerHeight) };
    for (const e of lineage(element)) {
      const { overflowX, overflowY, position } = getComputedStyle(e);
      const room = e.getBoundingClientRect();
      if (overflowX !== "visible") [box.left, box.right] = [Math.max(box.left, room.left), Math.min(box.right, room.right)];
      if (overflowY !== "visible") [box.top, box.bottom] = [Math.max(box.top, room.top), Math.min(box.bottom, room.bottom)];
      if (position === "fixed") break;
    }
    return box.right - box.left > 1 && box.bottom - box.top > 1 ? box : null;
  }

  /** Lines of text; a formula is one. */
  function linesOf() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const formulas = new Set();
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const element = node.parentElement.closest(".katex") ?? node.parentElement;
      if (!node.data.trim() || node.parentElement.closest(UNREAD) || formulas.has(element) || !isShown(element)) continue;
      if (element.matches(".katex")) formulas.add(element);
      const range = document.createRange();
      range.selectNodeContents(element.querySelector(":scope > .katex-html") ?? node);
      const boxes = element.matches(".katex") ? [range.getBoundingClientRect()] : [...range.getClientRects()];
      for (const box of boxes) {
        const part = seen(box, element);
        if (part) found.push({ element, box: part, whole: box, text: element.textContent.trim().slice(0, 40) });
      }
    }
    return found;
  }

  /** Whether something painted lies between two elements at a point, so that the lower one is not seen there. */
  function isCovered(a, b, x, y) {
    const stack = document.elementsFromPoint(x, y);
    const depth = (element) => stack.findIndex((e) => e === element || element.contains(e));
    const [top, low] = [depth(a), depth(b)].sort((p, q) => p - q);
    return top >= 0 && stack.slice(top, low).some((e) => paints(getComputedStyle(e)));
  }

  function overlaps(lines) {
    const found = [];
    lines.forEach((a, i) => {
      for (const b of lines.slice(i + 1)) {
        if (a.element === b.element) continue;
        const [left, right] = [Math.max(a.box.left, b.box.left), Math.min(a.box.right, b.box.right)];
        const [top, bottom] = [Math.max(a.box.top, b.box.top), Math.min(a.box.bottom, b.box.bottom)];
        if (right - left <= ACROSS || bottom - top <= DOWN) continue;
        if (isCovered(a.element, b.element, (left + right) / 2, (top + bottom) / 2)) continue;
        found.push(`"${a.text}" ${name(a.element)} over "${b.text}" ${name(b.element)}`);
      }
    });
    return found;
  }

  /** The nearest element around a text that is seen as a box. */
  const boxAround = (element) =>
    lineage(element).find((e) => {
      const style = getComputedStyle(e);
      return e !== document.body && !["inline", "contents"].includes(style.display) && (paints(style) || parseFloat(style.borderTopWidth) > 0);
    });

  function leaves({ element, box, text }) {
    const around = boxAround(element)?.getBoundingClientRect();
    if (!around) return [];
    const { left, top, right, bottom } = around;
    const out = Math.max(left - box.left, box.right - right, top - box.top, box.bottom - bottom);
    return out > OUT ? [`"${text}" ${name(element)} leaves its box by ${out.toFixed(0)}`] : [];
  }

  const isCut = (e) => {
    const { overflowX, textOverflow, cursor } = getComputedStyle(e);
    const hides = (overflowX === "hidden" || overflowX === "clip") && textOverflow !== "ellipsis" && cursor !== "grab"; // a window that is dragged
    return hides && e.clientWidth > 20 && e.scrollWidth > e.clientWidth + 1 && e.textContent.trim() && isShown(e);
  };
  /** A line that begins left of what hides the rest of it. */
  const beginsHidden = ({ element, whole, text }) => {
    const hiding = lineage(element).find((e) => ["hidden", "clip", "auto", "scroll"].includes(getComputedStyle(e).overflowX));
    if (!hiding || ["auto", "scroll"].includes(getComputedStyle(hiding).overflowX)) return [];
    const out = hiding.getBoundingClientRect().left - whole.left;
    return out > OUT && hiding.clientWidth > 20 ? [`"${text}" ${name(element)} begins ${out.toFixed(0)} left of what is seen`] : [];
  };
  const cut = [...document.querySelectorAll("body *")].filter(isCut).map((e) => `cut: ${name(e)} ${e.textContent.trim().slice(0, 40)}`);
  const sideways = document.documentElement.scrollWidth > innerWidth + 1 ? ["the page scrolls sideways"] : [];

  const lines = linesOf();
  return [...new Set([...overlaps(lines), ...lines.flatMap(leaves), ...lines.flatMap(beginsHidden), ...cut, ...sideways])];
};
