/** Whether two values would be painted alike: numbers by what they are, so that a new view of the same ones counts as the same. */
export function alike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (a instanceof Map || a instanceof Set) return isIterable(b) && alike([...a], [...b]);
  if (isList(a)) return isList(b) && sameNumbers(a, b);
  return !isList(b) && sameFields(a as Fields, b as Fields);
}

type Fields = { readonly [name: string]: unknown };
const isIterable = (x: object): x is Iterable<unknown> => Symbol.iterator in x;
const isList = (x: object): x is ArrayLike<unknown> => Array.isArray(x) || ArrayBuffer.isView(x);

function sameNumbers(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  if (
    ArrayBuffer.isView(a) &&
    ArrayBuffer.isView(b) &&
    a.buffer === b.buffer &&
    a.byteOffset === b.byteOffset
  )
    return true;
  for (let i = 0; i < a.length; i++) if (!alike(a[i], b[i])) return false;
  return true;
}

function sameFields(a: Fields, b: Fields): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => alike(a[name], b[name]));
}
