import { divergingTable, type Palette } from "../common/colour";

/** Colours that tests can name: each token has one of its own. */
export const INKS: Palette = {
  paper: "#f0f0f0",
  card: "#f1f1f1",
  ink: "#000001",
  mute: "#000002",
  hair: "#000003",
  positive: "#0000ff",
  negative: "#ff0000",
  forward: "#00ff00",
  backward: "#ff00ff",
  update: "#ff8800",
  batch: "#888888",
};

const NAMES = new Map(Object.entries(INKS).map(([name, hex]) => [hex, name]));
const hexOf = (channels: Iterable<number>) =>
  `#${Array.from(channels, (x) => x.toString(16).padStart(2, "0")).join("")}`;

/** A colour by its token, or by its place on the light scale of signed numbers: "+0.50". */
function nameOf(colour: string): string {
  const channels = /^rgb\((\d+) (\d+) (\d+)\)$/.exec(colour)?.slice(1).map(Number);
  const hex = channels ? hexOf(channels) : colour;
  return NAMES.get(hex) ?? shadeOf(hex) ?? colour;
}

function shadeOf(hex: string): string | null {
  const table = divergingTable(false);
  for (let i = 0; i < 256; i++)
    if (hexOf(table.subarray(4 * i, 4 * i + 3)) === hex) return signed(i / 127.5 - 1);
  return null;
}

const signed = (x: number) => (Math.abs(x) < 0.005 ? "0" : `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(2)}`);
const short = (x: number) => String(Math.round(x * 100) / 100 + 0);
const pair = (x: number, y: number) => `${short(x)},${short(y)}`;
const box = (x: number, y: number, w: number, h: number) => `${pair(x, y)} ${short(w)}x${short(h)}`;

/** A pixel: nothing, a colour, or how much of one. */
function pixelName([r, g, b, a]: readonly number[]): string {
  if (a === 0) return "·";
  const name = nameOf(`rgb(${r} ${g} ${b})`);
  return a === 255 ? name : `${name} ${short((a ?? 0) / 255)}`;
}

interface Pen {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  globalAlpha: number;
  dash: readonly number[];
}

/** A 2D context that draws nothing. It writes down, a line for each thing painted, with what and where. */
export class RecordingContext {
  readonly painted: string[] = [];
  fillStyle = "#000000";
  strokeStyle = "#000000";
  lineWidth = 1;
  globalAlpha = 1;
  lineCap = "butt";
  lineJoin = "miter";
  font = "";
  textAlign = "start";
  textBaseline = "alphabetic";
  imageSmoothingEnabled = true;
  #dash: readonly number[] = [];
  #path: string[] = [];
  readonly #saved: Pen[] = [];

  /** What a function paints. */
  static of(draw: (context: CanvasRenderingContext2D) => void): string[] {
    const context = new RecordingContext();
    draw(context as unknown as CanvasRenderingContext2D);
    return context.painted;
  }

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, globalAlpha } = this;
    this.#saved.push({ fillStyle, strokeStyle, lineWidth, globalAlpha, dash: this.#dash });
  }
  restore(): void {
    const { dash, ...pen } = this.#saved.pop()!;
    Object.assign(this, pen);
    this.#dash = dash;
    this.painted.push("unclip");
  }
  setLineDash(dash: readonly number[]): void {
    this.#dash = dash;
  }

  beginPath(): void {
    this.#path = [];
  }
  closePath(): void {
    this.#path.push("close");
  }
  moveTo(x: number, y: number): void {
    this.#path.push(`from ${pair(x, y)}`);
  }
  lineTo(x: number, y: number): void {
    this.#path.push(`to ${pair(x, y)}`);
  }
  bezierCurveTo(a: number, b: number, c: number, d: number, x: number, y: number): void {
    this.#path.push(`curve ${pair(a, b)} ${pair(c, d)} to ${pair(x, y)}`);
  }
  arcTo(a: number, b: number, x: number, y: number, radius: number): void {
    this.#path.push(`corner ${pair(a, b)} towards ${pair(x, y)} r${short(radius)}`);
  }
  arc(x: number, y: number, radius: number): void {
    this.#path.push(`circle ${pair(x, y)} r${short(radius)}`);
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.#path.push(`box ${box(x, y, width, height)}`);
  }
  roundRect(x: number, y: number, width: number, height: number, radius: number): void {
    this.#path.push(`box ${box(x, y, width, height)} r${short(radius)}`);
  }

  stroke(): void {
    if (this.#path.length) this.painted.push(`${this.#stroked()}: ${this.#path.join(" ")}`);
  }
  fill(): void {
    if (this.#path.length) this.painted.push(`${this.#filled("fill")}: ${this.#path.join(" ")}`);
  }
  clip(): void {
    this.painted.push(`clip: ${this.#path.join(" ")}`);
  }
  fillRect(x: number, y: number, width: number, height: number): void {
    this.painted.push(`${this.#filled("fill")}: box ${box(x, y, width, height)}`);
  }
  strokeRect(x: number, y: number, width: number, height: number): void {
    this.painted.push(`${this.#stroked()}: box ${box(x, y, width, height)}`);
  }
  clearRect(x: number, y: number, width: number, height: number): void {
    this.painted.push(`clear: box ${box(x, y, width, height)}`);
  }
  fillText(text: string, x: number, y: number): void {
    this.painted.push(
      `${this.#filled("write")} ${this.textAlign} ${this.textBaseline}: “${text}” ${pair(x, y)}`,
    );
  }
  drawImage(image: PaperCanvas, ...at: number[]): void {
    const [sx, sy, sw, sh, x, y, w, h] = at.length === 4 ? [0, 0, image.width, image.height, ...at] : at;
    const where = box(x!, y!, w!, h!);
    this.painted.push(`image${this.#pale()}: box ${where} [${image.rows(sx!, sy!, sw!, sh!).join(" | ")}]`);
  }

  #stroked(): string {
    const dash = this.#dash.length ? ` dash ${this.#dash.map(short).join(" ")}` : "";
    return `line ${nameOf(this.strokeStyle)} ${short(this.lineWidth)}${dash}${this.#pale()}`;
  }
  #filled(what: string): string {
    return `${what} ${nameOf(this.fillStyle)}${this.#pale()}`;
  }
  #pale(): string {
    return this.globalAlpha === 1 ? "" : ` at ${short(this.globalAlpha)}`;
  }
}

/** An OffscreenCanvas that only keeps the pixels put on it. */
export class PaperCanvas {
  puts = 0;
  #pixels = new Uint8ClampedArray();

  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  getContext() {
    return {
      createImageData: (width: number, height: number) => ({
        data: new Uint8ClampedArray(width * height * 4),
      }),
      putImageData: ({ data }: { data: Uint8ClampedArray }) => {
        this.#pixels = data.slice();
        this.puts += 1;
      },
    };
  }

  /** The pixels of a part, row by row, by name. */
  rows(x: number, y: number, width: number, height: number): string[] {
    const pixel = (column: number, row: number) => {
      const at = 4 * (row * this.width + column);
      return pixelName([...this.#pixels.subarray(at, at + 4)]);
    };
    return Array.from({ length: height }, (_, row) =>
      Array.from({ length: width }, (_, column) => pixel(x + column, y + row)).join(" "),
    );
  }
}
