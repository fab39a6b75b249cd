import { escaped, Vector } from "./vector";

/** What is read by programs, or only by ears. */
const UNSEEN = ".hidden, .katex-mathml, option, script, style, [data-export=no]";
/** What an element of a drawing looks like, wherever its style came from. */
const LOOKS = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "font-style",
  "text-anchor",
  "dominant-baseline",
  "paint-order",
  "transform",
  "transform-origin",
  "transform-box",
];

const n = (x: number) => String(Math.round(100 * x) / 100 + 0);
let clips = 0;
const measuring = document.createElement("canvas").getContext("2d")!;

/** What is seen of an element, as SVG: words as text, drawings as they are, canvases drawn once more or as images. */
export function walked(element: Element, out: string[]): void {
  const style = getComputedStyle(element);
  if (element.matches(UNSEEN) || style.display === "none" || style.visibility === "hidden") return;
  if (Number(style.opacity) === 0) return;
  const { box, turned } = upright(element, element.getBoundingClientRect(), style);
  const clip = style.overflowX !== "visible" && style.display !== "inline" ? clipped(box, out) : "";
  const seen = Number(style.opacity) < 1 ? ` opacity="${style.opacity}"` : "";
  out.push(`<g${seen}${clip}${turned}>`);
  frame(box, style, out);
  if (element instanceof SVGSVGElement) out.push(drawing(element, box));
  else if (element instanceof HTMLCanvasElement) out.push(painted(element, box));
  else if (element instanceof HTMLInputElement) field(element, box, style, out);
  else for (const child of element.childNodes) inside(child, style, out);
  out.push("</g>");
}

function inside(child: Node, style: CSSStyleDeclaration, out: string[]): void {
  if (child instanceof Element) walked(child, out);
  else if (child instanceof Text) written(child, style, out);
}

const place = ({ left, top, width, height }: DOMRect) =>
  `x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}"`;

function clipped(box: DOMRect, out: string[]): string {
  const id = `window${++clips}`;
  out.push(`<clipPath id="${id}"><rect ${place(box)}/></clipPath>`);
  return ` clip-path="url(#${id})"`;
}

const clear = (colour: string) => colour === "transparent" || /, 0\)$|\/ 0\)$/.test(colour);

/** Dots in a row, or a ramp of colours from left to right: the shades that legends have. Several shades on top of each
 * other only tell that there is more to scroll to: a picture cannot be scrolled. */
function shaded(
  box: DOMRect,
  { backgroundImage, backgroundSize }: CSSStyleDeclaration,
  round: string,
): string {
  if (backgroundSize.includes(",")) return "";
  const colours = backgroundImage.match(/(?:rgba?|color|oklch|oklab)\([^)]*\)/g) ?? [];
  const id = `shade${++clips}`;
  if (backgroundImage.startsWith("linear-gradient")) {
    const stops = colours.map(
      (colour, i) => `<stop offset="${n(i / (colours.length - 1))}" stop-color="${colour}"/>`,
    );
    return `<linearGradient id="${id}">${stops.join("")}</linearGradient><rect ${place(box)}${round} fill="url(#${id})"/>`;
  }
  const step = Number.parseFloat(backgroundSize) || box.height;
  const radius = Number.parseFloat(/([\d.]+)px/.exec(backgroundImage)?.[1] ?? String(box.height / 2));
  const dots = Array.from({ length: Math.floor(box.width / step) }, (_, i) => box.left + (i + 0.5) * step);
  const y = n(box.top + box.height / 2);
  return dots.map((x) => `<circle cx="${n(x)}" cy="${y}" r="${n(radius)}" fill="${colours[0]}"/>`).join("");
}

/** What stands on its corner has the box around it only. */
function upright(
  element: Element,
  box: DOMRect,
  style: CSSStyleDeclaration,
): { box: DOMRect; turned: string } {
  const turn = new DOMMatrix(style.transform === "none" ? undefined : style.transform);
  if (style.rotate !== "none") turn.rotateSelf(Number.parseFloat(style.rotate));
  const angle = (180 * Math.atan2(turn.b, turn.a)) / Math.PI;
  if (!(element instanceof HTMLElement) || Math.abs(angle) < 1 || element.childElementCount)
    return { box, turned: "" };
  const { offsetWidth: w, offsetHeight: h } = element;
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  return {
    box: new DOMRect(x - w / 2, y - h / 2, w, h),
    turned: ` transform="rotate(${n(angle)} ${n(x)} ${n(y)})"`,
  };
}

/** Ground and borders. */
function frame(box: DOMRect, style: CSSStyleDeclaration, out: string[]): void {
  const radius = Math.min(Number.parseFloat(style.borderTopLeftRadius) || 0, box.width / 2, box.height / 2);
  const round = radius ? ` rx="${n(radius)}"` : "";
  if (!clear(style.backgroundColor))
    out.push(`<rect ${place(box)}${round} fill="${style.backgroundColor}"/>`);
  if (style.backgroundImage !== "none") out.push(shaded(box, style, round));
  const sides = (["Top", "Right", "Bottom", "Left"] as const).map((side) => ({
    side,
    width: style[`border${side}Style`] === "none" ? 0 : Number.parseFloat(style[`border${side}Width`]),
    colour: style[`border${side}Color`],
    dashed: style[`border${side}Style`] === "dashed" || style[`border${side}Style`] === "dotted",
  }));
  const shown = sides.filter(({ width, colour }) => width > 0 && !clear(colour));
  const [first] = shown;
  if (!first) return;
  const pen = ({ width, colour, dashed }: typeof first) =>
    `fill="none" stroke="${colour}" stroke-width="${n(width)}"${dashed ? ` stroke-dasharray="${n(2 * width)}"` : ""}`;
  if (shown.length === 4 && shown.every(({ width }) => width === first.width)) {
    const half = first.width / 2;
    const inner = new DOMRect(
      box.left + half,
      box.top + half,
      box.width - first.width,
      box.height - first.width,
    );
    out.push(`<rect ${place(inner)}${round} ${pen(first)}/>`);
    return;
  }
  const { left, right, top, bottom } = box;
  const lines = {
    Top: (w: number) => `M${n(left)} ${n(top + w)}H${n(right)}`,
    Bottom: (w: number) => `M${n(left)} ${n(bottom - w)}H${n(right)}`,
    Left: (w: number) => `M${n(left + w)} ${n(top)}V${n(bottom)}`,
    Right: (w: number) => `M${n(right - w)} ${n(top)}V${n(bottom)}`,
  };
  for (const side of shown) out.push(`<path d="${lines[side.side](side.width / 2)}" ${pen(side)}/>`);
}

/** Each line of the text where it stands, as wide as it stands there also in another typeface. */
function written(text: Text, style: CSSStyleDeclaration, out: string[]): void {
  if (!text.data.trim()) return;
  for (const { words, box } of linesOf(text)) out.push(line(words, box, style));
}

function line(words: string, box: DOMRect, style: CSSStyleDeclaration): string {
  measuring.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = measuring.measureText(words);
  const baseline = box.top + (box.height * up) / (up + down);
  const halo =
    style.textShadow === "none"
      ? ""
      : ` stroke="${style.getPropertyValue("--paper")}" stroke-width="3" paint-order="stroke"`;
  const face = `font-family="${escaped(style.fontFamily)}" font-size="${style.fontSize}" font-weight="${style.fontWeight}" font-style="${style.fontStyle}"`;
  return `<text x="${n(box.left)}" y="${n(baseline)}" textLength="${n(box.width)}" lengthAdjust="spacingAndGlyphs" ${face} fill="${style.color}"${halo} xml:space="preserve">${escaped(words)}</text>`;
}

function linesOf(text: Text): { words: string; box: DOMRect }[] {
  const range = document.createRange();
  range.setStart(text, text.data.search(/\S/));
  range.setEnd(text, text.data.trimEnd().length);
  const boxes = [...range.getClientRects()].filter(({ width }) => width > 0);
  if (boxes.length === 1) return [{ words: text.data.replace(/\s+/g, " ").trim(), box: boxes[0]! }];
  const lines: { words: string; box: DOMRect }[] = [];
  for (const [at, letter] of [...text.data].entries()) {
    range.setStart(text, Math.min(at, text.length));
    range.setEnd(text, Math.min(at + 1, text.length));
    const box = range.getBoundingClientRect();
    if (box.width === 0) continue;
    const last = lines.at(-1);
    if (last && Math.abs(last.box.top - box.top) < box.height / 2) {
      last.words += letter;
      last.box = new DOMRect(last.box.left, last.box.top, box.right - last.box.left, last.box.height);
    } else lines.push({ words: letter, box });
  }
  return lines.filter(({ words }) => words.trim() !== "");
}

function field(element: HTMLInputElement, box: DOMRect, style: CSSStyleDeclaration, out: string[]): void {
  if (element.type !== "text" || !element.value) return;
  const size = Number.parseFloat(style.fontSize);
  measuring.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const { width } = measuring.measureText(element.value);
  const left = box.left + Number.parseFloat(style.paddingLeft);
  out.push(
    line(element.value, new DOMRect(left, box.top + (box.height - 1.2 * size) / 2, width, 1.2 * size), style),
  );
}

function drawing(element: SVGSVGElement, box: DOMRect): string {
  const copy = element.cloneNode(true) as SVGSVGElement;
  const copies = [copy, ...copy.querySelectorAll("*")];
  for (const [at, original] of [element, ...element.querySelectorAll("*")].entries()) {
    const style = getComputedStyle(original);
    const there = copies[at] as SVGElement;
    const looks = LOOKS.map((name) => [name, style.getPropertyValue(name)]).filter(([, value]) => value);
    there.setAttribute("style", looks.map(([name, value]) => `${name}:${value}`).join(";"));
    if (style.display === "none" || style.visibility === "hidden") there.setAttribute("display", "none");
    for (const { name } of [...there.attributes])
      if (/^(class|on|aria-|role|tabindex)/.test(name)) there.removeAttribute(name);
  }
  for (const [name, value] of Object.entries({
    x: box.left,
    y: box.top,
    width: box.width,
    height: box.height,
  }))
    copy.setAttribute(name, n(value));
  copy.setAttribute("overflow", getComputedStyle(element).overflowX);
  return new XMLSerializer().serializeToString(copy);
}

/** Whoever painted it may paint it again, as lines; else it is an image. */
function painted(element: HTMLCanvasElement, box: DOMRect): string {
  const vector = new Vector();
  const asked = new CustomEvent("redraw", { detail: vector, cancelable: true });
  if (!element.dispatchEvent(asked)) {
    const scale = n(box.width / element.offsetWidth || 1);
    return `<g transform="translate(${n(box.left)} ${n(box.top)}) scale(${scale})">${vector.parts.join("")}</g>`;
  }
  if (!element.width || !element.height) return "";
  return `<image ${place(box)} preserveAspectRatio="none" href="${element.toDataURL()}"/>`;
}
