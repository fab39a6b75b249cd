import type { Client } from "../../api/client";
import type { Boundary, Run, RunConfig, Samples, TrialEntry } from "../../api/types";

/** What a trial makes of the plane of its inputs: from -1 to 1, rows from the foot up. */
export interface Picture {
  side: number;
  tones: Float32Array;
}
type Asks = Pick<Client, "trials" | "createRun" | "samples" | "boundary">;

const SIDE = 36;
const MOST_KEPT = 500;

/** The pictures of the trials of one search, each asked for once, one after the other, while somebody wants to see it. */
export class Pictures {
  readonly #client: Asks;
  readonly #search: string;
  readonly #known = new Map<string, Promise<Picture | null>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: Asks, search: string) {
    this.#client = client;
    this.#search = search;
  }

  /** Null where there is none, and of one that nobody wants any more when its turn comes. */
  of(entry: TrialEntry, wanted: () => boolean): Promise<Picture | null> {
    const key = `${entry.index} ${entry.iterations}`;
    const known = this.#known.get(key);
    if (known) return known;
    const asked = this.#last.then(() => {
      if (wanted()) return this.#ask(entry);
      this.#known.delete(key);
      return null;
    });
    this.#known.set(key, asked);
    this.#last = asked.catch(() => this.#known.delete(key));
    for (const old of this.#known.keys()) if (this.#known.size > MOST_KEPT) this.#known.delete(old);
    return asked;
  }

  /** The whole configuration of a trial. */
  async config({ index }: TrialEntry): Promise<RunConfig> {
    const { entries } = await this.#client.trials(this.#search, { after: index, limit: 1, config: true });
    return entries[0]!.config as unknown as RunConfig;
  }

  async #ask(entry: TrialEntry): Promise<Picture | null> {
    const run = await this.#client.createRun(await this.config(entry));
    if (!hasPicture(run)) return null;
    const [samples, boundary] = await Promise.all([
      this.#client.samples(run.id),
      this.#client.boundary(run.id, entry.iterations, SIDE),
    ]);
    return pictureOf(run, samples, boundary);
  }
}

/** Whether inputs are a plane, and outputs one or two. */
export const hasPicture = ({ output_kind, layers }: Run): boolean =>
  output_kind === "plane" && (layers.at(-1)?.units ?? 0) <= 2;

/** Of one output how far it lies between the least target and the largest, of two which leads; of more there is none. */
export function pictureOf(
  { loss }: Pick<Run, "loss">,
  { targets }: Samples,
  { outputs, resolution, y }: Boundary,
) {
  const units = y ? outputs.data.length / resolution ** 2 : 0;
  if (units !== 1 && units !== 2) return null;
  const { low, high } = extent(targets.data);
  const tone = (cell: number) => {
    const one = outputs.data[cell * units]!;
    if (units === 2) return Math.tanh(outputs.data[2 * cell + 1]! - one);
    if (loss.name === "bce_with_logits") return Math.tanh(one / 2);
    return high > low ? (2 * (one - low)) / (high - low) - 1 : 0;
  };
  return { side: resolution, tones: Float32Array.from({ length: resolution ** 2 }, (_, cell) => tone(cell)) };
}

function extent(numbers: ArrayLike<number>): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < numbers.length; i++) {
    low = Math.min(low, numbers[i]!);
    high = Math.max(high, numbers[i]!);
  }
  return { low, high };
}
