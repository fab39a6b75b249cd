import { escaped } from "./vector";
import { walked } from "./walk";

const MARGIN = 16;
const TITLE = 52;
const n = (x: number) => String(Math.round(100 * x) / 100);

/** Typefaces that were fetched, as data by address: what opens the file has no others. */
const faces = new Map<string, Promise<string>>();

/** What is on show in these parts of the page as one SVG, under a title and a line that says where in the run it is. */
export async function pictureOf(regions: readonly Element[], title: string, place: string): Promise<string> {
  const typefaces = fetched();
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const boxes = regions.map((region) => region.getBoundingClientRect());
  const [left, top] = [Math.min(...boxes.map((box) => box.left)), Math.min(...boxes.map((box) => box.top))];
  const right = Math.max(...boxes.map((box) => box.right));
  const bottom = Math.max(...boxes.map((box) => box.bottom));
  const [width, height] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN + TITLE];
  const parts: string[] = [];
  for (const region of regions) walked(region, parts);
  const words = (text: string, y: number, size: number, weight: number, ink: string) =>
    `<text x="${MARGIN + 4}" y="${y}" font-family="Inter, sans-serif" font-size="${size}" font-weight="${weight}" fill="${ink}">${escaped(text)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}">`,
    `<title>${escaped(`${title}: ${place}`)}</title>`,
    `<style>${await typefaces}</style>`,
    `<rect width="100%" height="100%" fill="${colour("--paper")}"/>`,
    words(title, 30, 16, 600, colour("--ink")),
    words(place, 50, 12, 400, colour("--mute")),
    `<g transform="translate(${n(MARGIN - left)} ${n(MARGIN + TITLE - top)})">`,
    ...parts,
    "</g></svg>",
  ].join("\n");
}

async function fetched(): Promise<string> {
  const loaded = [...document.fonts].filter(({ status }) => status === "loaded");
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const wanted = rules.filter(
    (rule): rule is CSSFontFaceRule => rule instanceof CSSFontFaceRule && known(rule, loaded),
  );
  return (await Promise.all(wanted.map(face))).join("\n");
}

const plain = (text: string) => text.replaceAll(/["'\s]/g, "").toLowerCase();

/** Two faces of a family differ by the characters that they have. */
function known({ style }: CSSFontFaceRule, loaded: FontFace[]): boolean {
  const [family, range] = ["font-family", "unicode-range"].map((name) => plain(style.getPropertyValue(name)));
  const weight = plain(style.getPropertyValue("font-weight")) || "normal";
  return loaded.some(
    (one) =>
      plain(one.family) === family &&
      (!range || plain(one.unicodeRange) === range) &&
      (plain(one.weight) === weight || !!range) &&
      one.style === (style.getPropertyValue("font-style") || "normal"),
  );
}

async function face({ style, parentStyleSheet }: CSSFontFaceRule): Promise<string> {
  const source = /url\("?([^")]+)"?\)/.exec(style.getPropertyValue("src"))?.[1];
  if (!source) return "";
  const address = new URL(source, parentStyleSheet?.href ?? document.baseURI).href;
  const data = await dataOf(address);
  const kept = ["font-family", "font-weight", "font-style", "unicode-range"]
    .map((name) => [name, style.getPropertyValue(name)])
    .filter(([, value]) => value);
  return `@font-face{${kept.map(([name, value]) => `${name}:${value}`).join(";")};src:url(${data}) format("woff2")}`;
}

/** Each is fetched once; one that could not be is asked for again with the next picture. */
function dataOf(address: string): Promise<string> {
  const known = faces.get(address);
  if (known) return known;
  const coming = fetch(address).then(async (answer) => asData(await answer.blob()));
  faces.set(address, coming);
  coming.catch(() => faces.delete(address));
  return coming;
}

const asData = (blob: Blob) =>
  new Promise<string>((done) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.readAsDataURL(blob);
  });

/** The picture as pixels: `scale` of them for one of the page. */
export async function rastered(svg: string, scale: number): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  canvas.getContext("2d", { willReadFrequently: true })!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export const asPng = (canvas: HTMLCanvasElement) =>
  new Promise<Blob>((done, failed) => {
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("the picture is too large"))), "image/png");
  });
