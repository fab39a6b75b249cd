import { beforeEach, vi } from "vitest";

/** In every test of a file the browser keeps what it is given, from nothing on; gives what it keeps. */
export function storageOf(name: "localStorage" | "sessionStorage"): Map<string, string> {
  const kept = new Map<string, string>();
  beforeEach(() => {
    kept.clear();
    vi.stubGlobal(name, {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => kept.set(key, text),
      removeItem: (key: string) => kept.delete(key),
    });
  });
  return kept;
}
