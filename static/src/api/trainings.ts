import { ApiError } from "./errors";
import type { Reached } from "./types";

/** The trainings that answers wait for: of the first it is told how far it is, and one call ends them all. */
export class Trainings {
  readonly #under = new Map<AbortController, Reached | null>();
  changed: (first: Reached | null) => void = () => {};

  /** Waits for a training; ends in an `ApiError` if it is stopped, or with the outer signal's reason. */
  async wait(
    train: (told: (so: Reached) => void, signal: AbortSignal) => Promise<unknown>,
    outer: AbortSignal | null,
  ): Promise<void> {
    const controller = new AbortController();
    const abort = () => controller.abort(outer!.reason);
    outer?.addEventListener("abort", abort, { once: true });
    this.#under.set(controller, null);
    try {
      await train((so) => this.#set(controller, so), controller.signal);
      controller.signal.throwIfAborted();
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      outer?.removeEventListener("abort", abort);
      this.#under.delete(controller);
      this.#tell();
    }
  }

  stop = (): void => {
    for (const [controller, so] of this.#under) controller.abort(stopped(so));
  };

  #set(controller: AbortController, so: Reached): void {
    this.#under.set(controller, so);
    this.#tell();
  }

  #tell(): void {
    this.changed([...this.#under.values()].find((so) => so !== null) ?? null);
  }
}

/** What is asked again goes on from where it stopped: whoever shows a refusal shows this one. */
const stopped = (so: Reached | null) =>
  new ApiError({
    status: 0,
    title: "Stopped",
    detail: so
      ? `The training that this needs was stopped at iteration ${so.reached} of ${so.to}.`
      : "The training that this needs was stopped.",
  });
