import { expect, it, vi } from "vitest";
import { storageOf } from "../../testing/storage";
import { type KeptDrill, keepDrill, keptDrill } from "./keptDrill";

const CARDS = ["bptt", "huber"].map((name) => ({ name }));
const DRILL: KeptDrill = {
  ...{ queue: ["huber", "bptt"], at: 1, left: 412, results: [] },
  ...{ own: "the last step first", ticked: [0, 2], revealed: true, grade: null },
};

storageOf("sessionStorage");

it("a drill comes back as it stood, until it is over", () => {
  keepDrill(DRILL);
  expect(keptDrill(CARDS)).toEqual(DRILL);
  keepDrill(null);
  expect(keptDrill(CARDS)).toBe(null);
});

it("a drill of cards that are gone, a damaged one, and a browser that keeps nothing begin anew", () => {
  keepDrill(DRILL);
  expect(keptDrill(CARDS.slice(1))).toBe(null);
  vi.stubGlobal("sessionStorage", { getItem: () => "{" });
  keepDrill(DRILL);
  expect(keptDrill(CARDS)).toBe(null);
});
