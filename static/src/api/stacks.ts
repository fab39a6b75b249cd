import type { Value } from "./types";

/** Where the numbers of one name lie in a recording, for all iterations of a group; `of` has the very same. */
export interface Stack {
  shape: number[];
  coding: "f8" | "f4" | "shades" | "rounded" | "same" | "trace";
  at: number;
  bytes: number;
  of?: string;
  low?: number;
  high?: number;
}
export type Stacks = { [name: string]: Stack };

/** Byte planes back to numbers: first lie the first bytes of all, then the second ones. */
function woven(planes: Uint8Array, width: number): ArrayBuffer {
  const count = planes.length / width;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < width; plane++)
    for (let i = 0; i < count; i++) bytes[i * width + plane] = planes[plane * count + i]!;
  return bytes.buffer;
}

/** Adds up what was kept as changes from each iteration to the next. */
function summed<T extends Uint8Array | Uint32Array>(changes: T, count: number): T {
  const size = changes.length / count;
  for (let i = size; i < changes.length; i++) changes[i]! += changes[i - size]!;
  return changes;
}

const SHADES = 255;

function unpacked({ coding, shape, low = 0, high = 0 }: Stack, bytes: Uint8Array): Value["data"] {
  const count = shape[0] || 1;
  if (coding === "f8") return new Float64Array(woven(bytes, 8));
  if (coding === "f4") return new Float32Array(woven(bytes, 4));
  if (coding === "rounded") {
    const bits = summed(new Uint32Array(woven(bytes, 4)), count);
    return new Float32Array(bits.buffer);
  }
  const shades = summed(bytes.slice(), count);
  return Float32Array.from(shades, (shade) => low + ((high - low) * shade) / SHADES);
}

/** The numbers of a recording by name, each name unpacked when it is first asked for. */
export class Unpacker {
  readonly #bytes: Uint8Array;
  readonly #known = new Map<Stack, Value["data"]>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** All iterations of a name. */
  whole(stack: Stack): Value["data"] {
    let data = this.#known.get(stack);
    if (!data) {
      data = unpacked(stack, this.#bytes.subarray(stack.at, stack.at + stack.bytes));
      this.#known.set(stack, data);
    }
    return data;
  }

  /** One iteration of a name. */
  one(stack: Stack, at: number): Value {
    const shape = stack.shape.slice(1);
    const size = shape.reduce((product, n) => product * n, 1);
    return { shape, data: this.whole(stack).subarray(at * size, (at + 1) * size) };
  }
}
