import type { Trainings } from "../../api/trainings";
import { client } from "../client";
import { type Far, Pace } from "./longWork.svelte";

/** The training that an answer of this page waits for: how far it is, and a way to stop it. */
export class Trained {
  far = $state.raw<Far | null>(null);
  readonly stop: () => void;
  #pace = new Pace();

  constructor(trainings: Trainings) {
    this.stop = trainings.stop;
    trainings.changed = (so) => {
      if (!so) this.#pace = new Pace();
      this.far = so && this.#pace.at(so.reached, so.to);
    };
  }
}

export const trained = new Trained(client.trainings);
