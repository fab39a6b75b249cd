import { expect, it, vi } from "vitest";
import type { PaperCanvas } from "../../testing/recordingContext";
import { Bitmaps } from "./bitmaps";

it("a picture is painted again only when what it shows has changed, and starts from nothing", () => {
  const bitmaps = new Bitmaps();
  const paint = vi.fn((pixels: Uint8ClampedArray) => pixels.set([0, 0, 255, 255]));
  const of = (stamp: unknown, draw: (pixels: Uint8ClampedArray) => void = paint) =>
    bitmaps.get("key", 2, 1, [stamp], draw) as unknown as PaperCanvas;
  const first = of(1);
  const rows = [of(1), of(Number.NaN), of(Number.NaN), of(2, () => {})].map((canvas) =>
    canvas.rows(0, 0, 2, 1),
  );
  expect([paint.mock.calls.length, first.puts, rows.at(-1)]).toEqual([2, 3, ["· ·"]]);
});
