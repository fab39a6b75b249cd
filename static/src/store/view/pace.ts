/** Pictures that are asked for at once, and the milliseconds for which they are seen. */
export const PICTURES = 30;
const SEEN = 500;
/** A chunk is never asked for that is so much more, or less, than the last one. */
const CHANGE = 4;
/** What the server computes for one request. */
const MOST = 20_000 / PICTURES;

/**
 * As fast as the engine goes: from picture to picture so many iterations that a chunk is on its way about as long as the
 * last one is looked at. So the screen keeps its pictures a second, and the engine is never idle. Where pictures alone take
 * longer than that, as much time again goes to iterations.
 */
export class Pace {
  #stride = 1;
  /** The shortest that a chunk took: about what its pictures cost alone. */
  #pictures = Number.POSITIVE_INFINITY;

  get stride(): number {
    return this.#stride;
  }

  /** A chunk came, after so many milliseconds. */
  took(milliseconds: number): void {
    this.#pictures = Math.min(this.#pictures, milliseconds);
    const wanted = Math.max(SEEN, 2 * this.#pictures) / Math.max(1, milliseconds);
    const held = Math.max(1 / CHANGE, Math.min(CHANGE, wanted));
    this.#stride = Math.max(1, Math.min(MOST, Math.round(this.#stride * held)));
  }
}
