import { describe, expect, it } from "vitest";
import { Pace, PICTURES } from "./pace";

/** The stride after so many chunks from an engine with a cost for a picture and one for an iteration, in milliseconds. */
function settled(picture: number, iteration: number, chunks = 12): number {
  const pace = new Pace();
  for (let i = 0; i < chunks; i++) pace.took(PICTURES * (picture + iteration * pace.stride));
  return pace.stride;
}

describe("playing at max", () => {
  it("goes ten thousand iterations a second and more where the engine can, at sixty pictures a second", () => {
    // Measured on the circle: 2 ms for a picture, 0.025 ms for an iteration, on one core.
    expect(60 * settled(2, 0.025)).toBeGreaterThan(10_000);
  });

  it("finds the stride at which a chunk takes as long as it is looked at, from either side", () => {
    expect(settled(2, 0.1)).toBeCloseTo((500 / PICTURES - 2) / 0.1, -1);
    expect(settled(2, 1)).toBeCloseTo((500 / PICTURES - 2) / 1, -1);
  });

  it("gives half of the time to iterations where pictures alone take longer than they are looked at", () => {
    expect(settled(60, 0.025)).toBeGreaterThan(0.8 * Math.min(666, 60 / 0.025));
  });

  it("asks for no more at once than the server computes, and for few where each is as dear as a picture", () => {
    expect([settled(400, 400), PICTURES * settled(0, 0)]).toEqual([3, expect.closeTo(20_000, -2)]);
  });

  it("changes by no more than four times from one chunk to the next", () => {
    const pace = new Pace();
    pace.took(0);
    expect(pace.stride).toBe(4);
  });
});
