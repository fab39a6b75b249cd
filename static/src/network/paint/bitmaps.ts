interface Bitmap {
  canvas: OffscreenCanvas;
  context: OffscreenCanvasRenderingContext2D;
  image: ImageData;
  stamp: readonly unknown[];
}

/** Small pictures to be scaled up: kept, and painted again only when what they show has changed. */
export class Bitmaps {
  readonly #known = new Map<string, Bitmap>();

  /** The picture under this key; `stamp` lists all that it depends on. Nothing is painted where `paint` writes nothing. */
  get(
    key: string,
    width: number,
    height: number,
    stamp: readonly unknown[],
    paint: (pixels: Uint8ClampedArray) => void,
  ): OffscreenCanvas {
    const size = `${key} ${width} ${height}`;
    let bitmap = this.#known.get(size);
    if (bitmap && same(bitmap.stamp, stamp)) return bitmap.canvas;
    bitmap = { ...(bitmap ?? create(width, height)), stamp };
    this.#known.set(size, bitmap);
    bitmap.image.data.fill(0);
    paint(bitmap.image.data);
    bitmap.context.putImageData(bitmap.image, 0, 0);
    return bitmap.canvas;
  }
}

const same = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((x, i) => Object.is(x, b[i]));

function create(width: number, height: number): Omit<Bitmap, "stamp"> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  return { canvas, context, image: context.createImageData(width, height) };
}
