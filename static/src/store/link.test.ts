import { describe, expect, it, vi } from "vitest";
import type { RunConfig } from "../api/types";
import { decodePlace, encodePlace, type Place } from "./link";

const PLACE: Place = {
  config: {
    seed: 3,
    data: { name: "spiral" },
    layers: [{ type: "dense", units: 8 }],
    note: "θ₁ – ünïcode",
    edits: [],
  } as unknown as RunConfig,
  iteration: 419,
  step: 12,
  selection: { value: "dense2.weight.grad", index: [1, 2] },
  sample: 3,
};
const packed = (raw: unknown) => `p${btoa(JSON.stringify(raw)).replaceAll("=", "")}`;

describe("links", () => {
  it("restore the place they were made from", async () => {
    expect(await decodePlace(await encodePlace(PLACE))).toEqual(PLACE);
  });

  it("use only characters that need no escaping", async () => {
    expect(await encodePlace(PLACE)).toMatch(/^z[\w-]+$/);
  });

  it("do without compression where the browser has none", async () => {
    vi.stubGlobal("CompressionStream", undefined);
    delete (globalThis as { CompressionStream?: unknown }).CompressionStream;
    const fragment = await encodePlace(PLACE);
    expect([fragment[0], await decodePlace(fragment)]).toEqual(["p", PLACE]);
  });

  it.each(["", "z", "zAAAA", "p%%", packed(null), packed({}), packed({ config: 3 })])(
    "are refused when damaged: %s",
    async (fragment) => {
      expect(await decodePlace(fragment)).toBeNull();
    },
  );

  it.each([[{}], [{ edits: "none" }]])(
    "give a config its edits, which one written by hand lacks: %j",
    async (config) => {
      expect((await decodePlace(packed({ config })))?.config).toEqual({ edits: [] });
    },
  );

  it("hold the term that was stepped to, where a cell is selected and the term can be one", async () => {
    const opened = [{ term: 2 }, { term: 2, selection: null }, { term: -1 }].map(async (more) => {
      return (await decodePlace(packed({ ...PLACE, config: {}, ...more })))?.term;
    });
    expect(await Promise.all(opened)).toEqual([2, undefined, undefined]);
  });

  it("keep only what makes sense of a forged place", async () => {
    const forged = {
      config: {},
      iteration: -3,
      step: 1.5,
      selection: { value: "x", index: ["a"] },
      sample: {},
    };
    expect(await decodePlace(packed(forged))).toEqual({
      config: { edits: [] },
      iteration: 0,
      step: 0,
      selection: null,
      sample: "mean",
    });
  });
});
