import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CalledOff, LongWork, type Tell } from "./longWork.svelte";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** Work that tells what it is told to tell, until it is called off. */
function begun(work: LongWork, outer?: AbortSignal) {
  let tell!: Tell;
  const over = work.do((teller, signal) => {
    tell = teller;
    return new Promise<string>((resolve, reject) => {
      tell = (done, of) => (done === of ? resolve("there") : teller(done, of));
      signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    });
  }, outer);
  return { over, tell };
}

it("knows by the pace so far how long it still takes, of each piece anew", async () => {
  const work = new LongWork();
  const { over, tell } = begun(work);
  const seen = [];
  for (const [done, milliseconds] of [
    [10, 0],
    [20, 1000],
    [40, 3000],
    [5, 500],
    [6, 4000],
  ] as const) {
    vi.advanceTimersByTime(milliseconds);
    tell(done, 50);
    seen.push([work.far?.done, work.far?.secondsLeft]);
  }
  tell(50, 50);
  expect([await over, seen, work.far, work.running]).toEqual([
    "there",
    [
      [10, null],
      [20, 3],
      [40, (4 / 30) * 10],
      [5, null],
      [6, 4 * 44],
    ],
    null,
    false,
  ]);
});

it("ends as called off when it is, also by a new piece; from outside by that one's reason", async () => {
  const work = new LongWork();
  const first = begun(work);
  const second = begun(work);
  second.tell(1, 2);
  first.tell(1, 9);
  const far = work.far;
  work.cancel();
  const outside = new AbortController();
  const third = begun(work, outside.signal);
  outside.abort("moved on");
  await expect(first.over).rejects.toBeInstanceOf(CalledOff);
  await expect(second.over).rejects.toBeInstanceOf(CalledOff);
  await expect(third.over).rejects.toBe("moved on");
  expect([far, work.far, work.running]).toEqual([{ done: 1, of: 2, secondsLeft: null }, null, false]);
});
