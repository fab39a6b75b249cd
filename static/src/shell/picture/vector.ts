interface Pen {
  globalAlpha: number;
  lineWidth: number;
  strokeStyle: string;
  fillStyle: string;
  lineCap: string;
  lineJoin: string;
  font: string;
  textAlign: string;
  textBaseline: string;
  imageSmoothingEnabled: boolean;
  dash: number[];
  clip: string;
}

const FIRST: Pen = {
  globalAlpha: 1,
  lineWidth: 1,
  strokeStyle: "#000",
  fillStyle: "#000",
  lineCap: "butt",
  lineJoin: "miter",
  font: "10px sans-serif",
  textAlign: "start",
  textBaseline: "alphabetic",
  imageSmoothingEnabled: true,
  dash: [],
  clip: "",
};
const ANCHORS: Record<string, string> = { center: "middle", right: "end", end: "end" };
const BASELINES: Record<string, string> = {
  middle: "central",
  top: "text-before-edge",
  bottom: "text-after-edge",
};

export const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const n = (x: number) => String(Math.round(100 * x) / 100 + 0);
let clips = 0;

/** A canvas that writes down as SVG what is drawn on it: the calls that the pictures here make, and no others. */
export class Vector {
  readonly parts: string[] = [];
  readonly #kept: Pen[] = [];
  #pen: Pen = FIRST;
  #path = "";

  set globalAlpha(globalAlpha: number) {
    this.#pen = { ...this.#pen, globalAlpha };
  }
  get globalAlpha() {
    return this.#pen.globalAlpha;
  }
  set lineWidth(lineWidth: number) {
    this.#pen = { ...this.#pen, lineWidth };
  }
  get lineWidth() {
    return this.#pen.lineWidth;
  }
  set strokeStyle(strokeStyle: string) {
    this.#pen = { ...this.#pen, strokeStyle };
  }
  set fillStyle(fillStyle: string) {
    this.#pen = { ...this.#pen, fillStyle };
  }
  set lineCap(lineCap: string) {
    this.#pen = { ...this.#pen, lineCap };
  }
  set lineJoin(lineJoin: string) {
    this.#pen = { ...this.#pen, lineJoin };
  }
  set font(font: string) {
    this.#pen = { ...this.#pen, font };
  }
  set textAlign(textAlign: string) {
    this.#pen = { ...this.#pen, textAlign };
  }
  set textBaseline(textBaseline: string) {
    this.#pen = { ...this.#pen, textBaseline };
  }
  set imageSmoothingEnabled(imageSmoothingEnabled: boolean) {
    this.#pen = { ...this.#pen, imageSmoothingEnabled };
  }
  setLineDash(dash: number[]) {
    this.#pen = { ...this.#pen, dash };
  }
  save() {
    this.#kept.push(this.#pen);
  }
  restore() {
    this.#pen = this.#kept.pop() ?? FIRST;
  }
  clearRect() {}

  beginPath() {
    this.#path = "";
  }
  closePath() {
    this.#path += "Z";
  }
  moveTo(x: number, y: number) {
    this.#path += `M${n(x)} ${n(y)}`;
  }
  lineTo(x: number, y: number) {
    this.#path += `${this.#path ? "L" : "M"}${n(x)} ${n(y)}`;
  }
  bezierCurveTo(...at: [number, number, number, number, number, number]) {
    this.#path += `C${at.map(n).join(" ")}`;
  }
  /** A rounded corner; what comes next goes on from its end. */
  arcTo(x1: number, y1: number, x2: number, y2: number, r: number) {
    const [x0, y0] = this.#path
      .match(/(-?[\d.]+) (-?[\d.]+)$/)
      ?.slice(1)
      .map(Number) ?? [x1, y1];
    const toward = (x: number, y: number) => {
      const length = Math.hypot(x - x1, y - y1) || 1;
      return `${n(x1 + (r * (x - x1)) / length)} ${n(y1 + (r * (y - y1)) / length)}`;
    };
    this.#path += `L${toward(x0!, y0!)}Q${n(x1)} ${n(y1)} ${toward(x2, y2)}`;
  }
  arc(x: number, y: number, r: number, from: number, to: number, back = false) {
    const at = (angle: number) => `${n(x + r * Math.cos(angle))} ${n(y + r * Math.sin(angle))}`;
    const turn = back ? 0 : 1;
    const start = `${this.#path && !this.#path.endsWith("Z") ? "L" : "M"}${at(from)}`;
    const middle = (from + to) / 2;
    this.#path += `${start}A${n(r)} ${n(r)} 0 0 ${turn} ${at(middle)}A${n(r)} ${n(r)} 0 0 ${turn} ${at(to)}`;
  }
  roundRect(x: number, y: number, w: number, h: number, radius: number) {
    const r = Math.min(radius, w / 2, h / 2);
    const corner = (sx: number, sy: number) => `a${n(r)} ${n(r)} 0 0 1 ${n(sx * r)} ${n(sy * r)}`;
    this.#path += `M${n(x + r)} ${n(y)}h${n(w - 2 * r)}${corner(1, 1)}v${n(h - 2 * r)}${corner(-1, 1)}h${n(2 * r - w)}${corner(-1, -1)}v${n(2 * r - h)}${corner(1, -1)}Z`;
  }

  fill() {
    this.#add(`<path d="${this.#path}" ${this.#filled()}/>`);
  }
  stroke() {
    this.#add(`<path d="${this.#path}" ${this.#stroked()}/>`);
  }
  fillRect(x: number, y: number, w: number, h: number) {
    this.#add(`<rect ${box(x, y, w, h)} ${this.#filled()}/>`);
  }
  strokeRect(x: number, y: number, w: number, h: number) {
    this.#add(`<rect ${box(x, y, w, h)} ${this.#stroked()}/>`);
  }
  fillText(text: string, x: number, y: number) {
    const { font, textAlign, textBaseline } = this.#pen;
    const style = `style="font:${escaped(font)}" text-anchor="${ANCHORS[textAlign] ?? "start"}" dominant-baseline="${BASELINES[textBaseline] ?? "auto"}"`;
    this.#add(`<text x="${n(x)}" y="${n(y)}" ${style} ${this.#filled()}>${escaped(text)}</text>`);
  }
  clip() {
    const id = `clip${++clips}`;
    this.parts.push(`<clipPath id="${id}"><path d="${this.#path}"/></clipPath>`);
    this.#pen = { ...this.#pen, clip: ` clip-path="url(#${id})"` };
  }
  /** The whole image, or a part of it, into a box. */
  drawImage(image: CanvasImageSource & { width: number; height: number }, ...at: number[]) {
    const whole = at.length < 8;
    const [x, y, w = image.width, h = image.height] = whole ? at : at.slice(4);
    const [sx, sy, sw, sh] = whole ? [0, 0, image.width, image.height] : at;
    const part = document.createElement("canvas");
    [part.width, part.height] = [Math.max(1, sw!), Math.max(1, sh!)];
    part.getContext("2d")!.drawImage(image, sx!, sy!, sw!, sh!, 0, 0, part.width, part.height);
    const smooth = this.#pen.imageSmoothingEnabled ? "" : ' style="image-rendering:pixelated"';
    this.#add(
      `<image ${box(x!, y!, w, h)} preserveAspectRatio="none"${smooth}${this.#alpha()} href="${part.toDataURL()}"/>`,
    );
  }

  #add(part: string) {
    this.parts.push(this.#pen.clip ? `<g${this.#pen.clip}>${part}</g>` : part);
  }
  #alpha = () => (this.#pen.globalAlpha < 1 ? ` opacity="${n(this.#pen.globalAlpha)}"` : "");
  #filled = () => `fill="${this.#pen.fillStyle}"${this.#alpha()}`;
  #stroked() {
    const { strokeStyle, lineWidth, lineCap, lineJoin, dash } = this.#pen;
    const dashes = dash.length ? ` stroke-dasharray="${dash.map(n).join(" ")}"` : "";
    return `fill="none" stroke="${strokeStyle}" stroke-width="${n(lineWidth)}" stroke-linecap="${lineCap}" stroke-linejoin="${lineJoin}"${dashes}${this.#alpha()}`;
  }
}

const box = (x: number, y: number, w: number, h: number) =>
  `x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}"`;
