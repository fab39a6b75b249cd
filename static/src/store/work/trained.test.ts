import { expect, it } from "vitest";
import { Trainings } from "../../api/trainings";
import type { Reached } from "../../api/types";
import { Trained } from "./trained.svelte";

/** An answer that waits for a training, which tells what it is told to tell until it is stopped. */
function waiting(trainings: Trainings, outer: AbortSignal | null = null) {
  let told!: (so: Reached) => void;
  let there!: () => void;
  const over = trainings
    .wait((tell, signal) => {
      told = tell;
      return new Promise<void>((resolve, reject) => {
        there = resolve;
        signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      });
    }, outer)
    .then(
      () => "there",
      (error: Error) => `${error.name}: ${error.message}`,
    );
  return { over, told: (reached: number, to: number) => told({ reached, to }), there: () => there() };
}

it("tells how far the first training is that answers wait for, then the next one", async () => {
  const trainings = new Trainings();
  const trained = new Trained(trainings);
  const [first, second] = [waiting(trainings), waiting(trainings)];
  first.told(20, 100);
  second.told(5, 70);
  const before = trained.far;
  first.there();
  await first.over;
  const after = trained.far;
  second.there();
  await second.over;
  expect([before, after, trained.far]).toEqual([
    { done: 20, of: 100, secondsLeft: null },
    { done: 5, of: 70, secondsLeft: null },
    null,
  ]);
});

it("ends in a refusal that says how far it came for everybody who waits, once it is stopped", async () => {
  const trainings = new Trainings();
  const trained = new Trained(trainings);
  const all = [waiting(trainings), waiting(trainings)];
  all[0]!.told(20, 100);
  trained.stop();
  expect([await Promise.all(all.map(({ over }) => over)), trained.far]).toEqual([
    [
      "ApiError: The training that this needs was stopped at iteration 20 of 100.",
      "ApiError: The training that this needs was stopped.",
    ],
    null,
  ]);
});

it("ends silently for whoever no longer wants the answer", async () => {
  const controller = new AbortController();
  const { over } = waiting(new Trainings(), controller.signal);
  controller.abort();
  expect(await over).toContain("AbortError");
});
