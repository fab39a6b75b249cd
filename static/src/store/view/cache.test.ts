import { describe, expect, it } from "vitest";
import { Cache } from "./cache";

describe("a cache bounded in bytes", () => {
  it("forgets what was not used for longest", () => {
    const cache = new Cache<string>(100);
    cache.set("a", "A", 40);
    cache.set("b", "B", 40);
    cache.get("a");
    cache.set("c", "C", 40);
    expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.bytes]).toEqual(["A", undefined, "C", 80]);
  });

  it("keeps the newest entry even if it alone is too large", () => {
    const cache = new Cache<string>(10);
    cache.set("a", "A", 5);
    cache.set("b", "B", 50);
    expect([cache.get("a"), cache.get("b"), cache.bytes]).toEqual([undefined, "B", 50]);
  });

  it("counts a replaced entry once", () => {
    const cache = new Cache<string>(100);
    cache.set("a", "A", 40);
    cache.set("a", "B", 60);
    expect([cache.get("a"), cache.bytes]).toEqual(["B", 60]);
  });
});
