import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client } from "./client";

const busy = () => new Response('{"title":"Busy"}', { status: 503, headers: { "retry-after": "1" } });
const broken = () => new Response('{"title":"Broken"}', { status: 503 });
const good = () => new Response("[]", { status: 200 });

function serverOf(...answers: (() => Response)[]) {
  const send = vi.fn(async () => (answers.length > 1 ? answers.shift()! : answers[0]!)());
  vi.stubGlobal("fetch", send);
  return send;
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
});

describe("a busy server", () => {
  it("is asked again no sooner than it said, and the wait is told", async () => {
    const send = serverOf(busy, busy, good);
    const client = new Client();
    const told: number[] = [];
    client.patience.changed = (waiting) => told.push(waiting);
    const answer = client.presets();
    await vi.advanceTimersByTimeAsync(999);
    const early = send.mock.calls.length;
    await vi.advanceTimersByTimeAsync(3000);
    expect([early, send.mock.calls.length, await answer, told]).toEqual([1, 3, [], [1, 0, 1, 0]]);
  });

  it("is not asked for ever", async () => {
    const send = serverOf(busy);
    const refused = new Client().presets().catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([await refused, send.mock.calls.length]).toEqual(["Busy", 31]);
  });

  it("that does not say when to come back is not waited for", async () => {
    const send = serverOf(broken);
    expect([await new Client().presets().catch((e: Error) => e.message), send.mock.calls.length]).toEqual([
      "Broken",
      1,
    ]);
  });

  it("is left alone once nobody wants the answer any more", async () => {
    const send = serverOf(busy);
    const client = new Client();
    const told: number[] = [];
    client.patience.changed = (waiting) => told.push(waiting);
    const controller = new AbortController();
    const ended = client.presets(controller.signal).catch((error: Error) => error.name);
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await vi.advanceTimersByTimeAsync(5000);
    expect([await ended, send.mock.calls.length, told]).toEqual(["AbortError", 1, [1, 0]]);
  });
});
