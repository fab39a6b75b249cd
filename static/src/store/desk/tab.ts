/** What this tab keeps under a name, as JSON; null if it keeps nothing, or nothing that can be read. */
export function inTab<T>(key: string): T | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null; // a browser may forbid to keep anything
  }
}

/** Keeps it until the tab is closed; null keeps it no longer. */
export function keepInTab(key: string, value: unknown): void {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // full, or forbidden: a reload starts anew
  }
}
