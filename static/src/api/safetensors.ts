import type { Value, Values } from "./types";

interface Header {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Views of the buffer where the element type allows it; integers become doubles (they are few and small). */
const READERS: { [dtype: string]: (buffer: ArrayBuffer, at: number, count: number) => Value["data"] } = {
  F64: (buffer, at, count) => new Float64Array(buffer, at, count),
  F32: (buffer, at, count) => new Float32Array(buffer, at, count),
  I64: (buffer, at, count) => Float64Array.from(new BigInt64Array(buffer, at, count), Number),
  I32: (buffer, at, count) => Float64Array.from(new Int32Array(buffer, at, count)),
  U8: (buffer, at, count) => Float64Array.from(new Uint8Array(buffer, at, count)),
  BOOL: (buffer, at, count) => Float64Array.from(new Uint8Array(buffer, at, count)),
};
const SIZES: { [dtype: string]: number } = { F64: 8, F32: 4, I64: 8, I32: 4, U8: 1, BOOL: 1 };

function readTensor(buffer: ArrayBuffer, start: number, name: string, header: Header): Value {
  const read = READERS[header.dtype];
  const size = SIZES[header.dtype];
  if (!read || !size) throw new Error(`${name}: the element type ${header.dtype} is not known here`);
  const [first, last] = header.data_offsets;
  const at = start + first;
  const bytes = last - first;
  // An unaligned tensor cannot be viewed in place: it is copied, never misread.
  const data =
    at % size === 0 ? read(buffer, at, bytes / size) : read(buffer.slice(at, at + bytes), 0, bytes / size);
  return { shape: header.shape, data };
}

/** Reads a safetensors buffer: 8 bytes of header length, a JSON header, the data. */
export function readSafetensors(buffer: ArrayBuffer): Values {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
  const values: Values = new Map();
  for (const [name, header] of Object.entries(JSON.parse(text) as { [name: string]: Header })) {
    if (name !== "__metadata__") values.set(name, readTensor(buffer, 8 + length, name, header));
  }
  return values;
}
