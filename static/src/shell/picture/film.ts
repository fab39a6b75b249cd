import { applyPalette, GIFEncoder, quantize } from "gifenc";

/** Milliseconds that each picture of a film stands, and the last one. */
const EACH = 120;
const LAST = 1500;
const COLOURS = 256;

/** A GIF of pictures that are taken one after the other; null if it was given up. */
export async function filmed(
  count: number,
  take: (at: number) => Promise<HTMLCanvasElement>,
  given: AbortSignal,
): Promise<Blob | null> {
  const film = GIFEncoder();
  for (let at = 0; at < count; at++) {
    const { width, height, data } = pixels(await take(at));
    if (given.aborted) return null;
    const palette = quantize(data, COLOURS);
    film.writeFrame(applyPalette(data, palette), width, height, {
      palette,
      delay: at < count - 1 ? EACH : LAST,
    });
  }
  film.finish();
  return new Blob([film.bytes() as Uint8Array<ArrayBuffer>], { type: "image/gif" });
}

const pixels = (canvas: HTMLCanvasElement) =>
  canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);

/** The iterations of a stretch, both ends among them, evenly and no more than so many. */
export function stretch(from: number, to: number, most: number): number[] {
  const count = Math.max(2, Math.min(most, to - from + 1));
  const each = Array.from({ length: count }, (_, i) => Math.round(from + ((to - from) * i) / (count - 1)));
  return [...new Set(each)];
}
