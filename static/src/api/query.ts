/** What is asked for besides a path. */
export type Query = {
  [name: string]: string | number | boolean | readonly (string | number)[] | null | undefined;
};

/** Commas stay readable; everything that is undefined or null is left out. */
export function queryString(query: Query): string {
  const parts = Object.entries(query)
    .filter(([, item]) => item !== undefined && item !== null)
    .flatMap(([name, item]) => (Array.isArray(item) ? item.map((one) => [name, one]) : [[name, item]]))
    .map(([name, item]) => `${name}=${encodeURIComponent(String(item)).replaceAll("%2C", ",")}`);
  return parts.length ? `?${parts.join("&")}` : "";
}

/** Where to ask for the training that an answer needs, and how far it is; none where an answer needs none. */
export function trainingBefore(path: string): string | null {
  const at = /^(\/api\/runs\/[^/]+\/iterations\/\d+)(?=[/?]|$)/.exec(path)?.[1];
  if (at) return `${at}/reached`;
  const [, run, from] = /^(\/api\/runs\/[^/?]+)\/\w+\?(?:.*&)?from=(\d+)/.exec(path) ?? [];
  return run ? `${run}/iterations/${from}/reached` : null;
}
