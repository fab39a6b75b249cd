import type { Value, Values } from "../../api/types";

/** One iteration's picture inside a bulk answer: every tensor without its leading frame axis, not copied. */
export class Frame {
  readonly iteration: number;
  readonly #values: Values;
  readonly #at: number;
  readonly #cut = new Map<string, Value>();

  constructor(values: Values, at: number) {
    this.#values = values;
    this.#at = at;
    this.iteration = this.number("iteration");
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** `dense1.weight`, `dense1.a.grad`, `maps/dense1.a`, ...; null where the answer has none. */
  get(name: string): Value | null {
    const known = this.#cut.get(name);
    if (known) return known;
    const whole = this.#values.get(name);
    if (!whole) return null;
    const shape = whole.shape.slice(1);
    const size = shape.reduce((product, n) => product * n, 1);
    const cut = { shape, data: whole.data.subarray(this.#at * size, (this.#at + 1) * size) };
    this.#cut.set(name, cut);
    return cut;
  }

  number(name: string): number {
    return this.#values.get(name)?.data[this.#at] ?? Number.NaN;
  }
}

/** All frames of one bulk answer. */
export function framesOf(values: Values): Frame[] {
  const count = values.get("iteration")?.data.length ?? 0;
  return Array.from({ length: count }, (_, at) => new Frame(values, at));
}

export const bytesOf = (values: Values): number =>
  [...values.values()].reduce((sum, value) => sum + value.data.byteLength, 0);
