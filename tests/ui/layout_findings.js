// What stands over something else in the network's or the expression's picture, or is cut, once nothing changes there.
async ({ step, width }) => {
  const SLACK = 1; // pixels that two boxes may share
  const BLANK = 2; // that a line of text leaves free above and below its letters
  const PATIENCE = 20_000; // milliseconds

  const main = document.querySelector("main");
  const all = (selector, where = main) => [...where.querySelectorAll(selector)];
  const boxOf = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  const isSeen = ({ left, top, right, bottom }) => right - left > 0.5 && bottom - top > 0.5;
  /** What is wider than its window scrolls in it: then the sheet is the room. */
  const roomOf = (element) => boxOf(element.closest(".sheet") ?? main);

  /** Boxes of the lines of text in an element, without what is only read aloud. */
  function linesOf(element, without = ".nothing") {
    const found = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.data.trim() || node.parentElement.closest(`.hidden, .katex-mathml, ${without}`)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { left, top, right, bottom } of range.getClientRects())
        found.push({ left, right, top: top + BLANK, bottom: bottom - BLANK, text: node.data.trim() });
    }
    return found.filter(isSeen);
  }
  const textOf = (element) => linesOf(element);
  const wholeOf = (element) => [{ ...boxOf(element), text: element.ariaLabel ?? element.innerText.trim() }].filter(isSeen);
  const items = (kind, selector, boxes) =>
    all(selector).flatMap((element) => boxes(element).map((box) => ({ ...box, kind, element })));

  const inNetwork = () => [
    ...items("title", ".name", textOf),
    ...items("caption", ".caption", textOf),
    ...items("unit", "button.unit", wholeOf),
    ...items("label", ".label", (label) => linesOf(label, ".delta")),
    ...items("pill", ".delta", wholeOf),
    ...items("bias", ".bias", textOf),
    ...items("loss", "button.loss", wholeOf),
    ...items("target", ".target", textOf),
    ...items("legend", ".legend li", textOf),
    ...items("picker", ".picker > *", wholeOf),
  ];
  const inExpression = () => [...items("node", ".node", wholeOf), ...items("slope", ".slope", wholeOf)];
  const besideExpression = () => [
    ...items("statements", ".formula", wholeOf),
    ...items("graph", ".frame", wholeOf),
    ...items("legend", ".legend > div", wholeOf),
  ];

  const short = ({ kind, text }) => `${kind} "${text.replaceAll("\n", " ").slice(0, 30)}"`;
  const related = (a, b) => a.element.contains(b.element) || b.element.contains(a.element);
  /** A pill stands on its unit's rim where there is no room beside it. */
  const onRim = (a, b) => [a, b].some(({ kind }) => kind === "unit") && [a, b].some(({ element }) => element.matches(".on"));
  function overlaps(found) {
    const said = [];
    for (const [at, a] of found.entries())
      for (const b of found.slice(at + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > SLACK && high > SLACK && !related(a, b) && !onRim(a, b))
          said.push(`${short(a)} and ${short(b)} share ${Math.round(wide)} x ${Math.round(high)}`);
      }
    return said;
  }
  const isOutside = ({ element, left, top, right, bottom }) => {
    const room = roomOf(element);
    return left < room.left - SLACK || right > room.right + SLACK || top < room.top - SLACK || bottom > room.bottom + SLACK;
  };
  const isShortened = (element) =>
    getComputedStyle(element).overflowX === "hidden" && element.scrollWidth > element.clientWidth + SLACK;
  function findings() {
    const expression = main.querySelector("[data-testid=expression]");
    const parts = expression ? [inExpression(), besideExpression()] : [inNetwork()];
    const written = expression ? [] : all(".name, .name > *, .label, .label b");
    return [
      ...parts.flat().filter(isOutside).map((item) => `${short(item)} is cut`),
      ...written.filter(isShortened).map((element) => `"${element.innerText}" is shortened`),
      ...parts.flatMap(overlaps),
    ];
  }

  const arrived = () =>
    window.innerWidth === width && document.fonts.status === "loaded" && !document.querySelector(".stale") &&
    all("section[aria-label=Transport] dd", document).some((dd) => dd.innerText.startsWith(`${step + 1} / `));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const start = performance.now();
  for (let [before, same] = ["", 0]; same < 2; ) {
    if (performance.now() - start > PATIENCE) return ["did not come to rest"];
    await frame();
    const now = arrived() ? main.innerHTML : "";
    same = now && now === before ? same + 1 : 0;
    before = now;
  }
  return findings();
}
