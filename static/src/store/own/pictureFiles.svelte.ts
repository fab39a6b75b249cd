import { greys, labelOf, type Picture } from "./pictures";

const MOST = 500;

/** Pictures that were chosen or dropped, at the size that they go in with. */
export class PictureFiles {
  list = $state.raw<Picture[]>([]);
  side = $state(8);
  trouble = $state<string | null>(null);
  /** The files themselves, for another size. */
  #files: File[] = [];

  async add(files: readonly File[]): Promise<void> {
    this.trouble = null;
    const room = MOST - this.#files.length;
    if (files.length > room) this.trouble = `Up to ${MOST} pictures go in; the others are left out.`;
    const added = files.slice(0, room);
    const read = await Promise.all(added.map((file) => this.#read(file)));
    const good = read.flatMap((picture, i) => (picture ? [{ picture, file: added[i]! }] : []));
    this.#files.push(...good.map(({ file }) => file));
    this.list = [...this.list, ...good.map(({ picture }) => picture)];
  }

  async resize(side: number): Promise<void> {
    this.side = side;
    const read = await Promise.all(this.#files.map((file) => this.#read(file)));
    this.list = this.list.map((picture, i) => ({ ...picture, pixels: read[i]?.pixels ?? picture.pixels }));
  }

  name(i: number, label: string): void {
    this.list = this.list.map((picture, at) => (at === i ? { ...picture, label } : picture));
  }

  clear(): void {
    this.list = [];
    this.#files = [];
  }

  /** The browser reads the picture and makes it small; null, and why, where it is none. */
  async #read(file: File): Promise<Picture | null> {
    try {
      const { side } = this;
      const bitmap = await createImageBitmap(file, {
        resizeWidth: side,
        resizeHeight: side,
        resizeQuality: "high",
      });
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = side;
      const context = canvas.getContext("2d", { willReadFrequently: true })!;
      context.drawImage(bitmap, 0, 0, side, side);
      bitmap.close();
      const pixels = greys(context.getImageData(0, 0, side, side).data);
      return { name: file.name, label: labelOf(file.name, file.webkitRelativePath), pixels };
    } catch {
      this.trouble = `${file.name} is no picture that this browser reads; PNG and JPEG are.`;
      return null;
    }
  }
}
