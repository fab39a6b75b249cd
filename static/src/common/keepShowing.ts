/**
 * Holds on to what was there last under the same key while the same thing is on its way again, so that nothing
 * vanishes for a moment. Another key means another thing: then nothing is better than something wrong.
 */
export function keeper<T>(): (key: string, fresh: T | null) => T | null {
  let held: { key: string; item: T } | null = null;
  return (key, fresh) => {
    if (fresh !== null) held = { key, item: fresh };
    return held?.key === key ? held.item : null;
  };
}
