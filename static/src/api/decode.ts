/** JSON has no inf and nan: here, and only here, their strings become numbers and values become tensors. */

const NONFINITE: { [text: string]: number } = {
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  NaN: Number.NaN,
};

const isTensor = (item: object) =>
  "shape" in item && "data" in item && Array.isArray(item.shape) && Array.isArray(item.data);

const number = (item: unknown) => (typeof item === "string" ? (NONFINITE[item] ?? Number.NaN) : Number(item));

function decodeObject(item: { [key: string]: unknown }): unknown {
  const tensor = isTensor(item);
  for (const [key, inner] of Object.entries(item)) {
    item[key] = tensor && key === "data" ? Float64Array.from(inner as unknown[], number) : decode(inner);
  }
  return item;
}

/** Decodes what JSON.parse returned, in place. */
export function decode(item: unknown): unknown {
  if (typeof item === "string") return Object.hasOwn(NONFINITE, item) ? NONFINITE[item] : item;
  if (Array.isArray(item)) {
    for (let i = 0; i < item.length; i++) item[i] = decode(item[i]);
    return item;
  }
  return item !== null && typeof item === "object" ? decodeObject(item as { [key: string]: unknown }) : item;
}
