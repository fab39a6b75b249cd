import type { Client } from "../../api/client";
import type { IterationSummary, Run, Values } from "../../api/types";
import { Cache } from "./cache";
import { bytesOf, type Frame, framesOf } from "./frame";

const MEGABYTE = 2 ** 20;
/** Side of the maps inside the units, in points. */
const MAP_RESOLUTION = 24;
/** Maps are drawn over one or two inputs; of more there are none. */
export const mapResolution = (run: Run): number =>
  run.kind !== "expression" && run.features.length <= 2 ? MAP_RESOLUTION : 0;

/** Everything that belongs to one iteration of one run; replaced as a whole, so that nothing stale mixes in. */
export interface Moment {
  run: string;
  iteration: number;
  trace: Values;
  summary: IterationSummary;
}
export type Sample = number | "mean";

/** Iterations as the studio shows them at rest, kept so that going there again needs no request. */
export class Loader {
  readonly #client: Client;
  readonly #moments = new Cache<Moment>(96 * MEGABYTE);
  readonly #frames = new Cache<Frame>(32 * MEGABYTE);

  constructor(client: Client) {
    this.#client = client;
  }

  /** The iteration if it is here already: then the picture changes within the same turn. */
  knownMoment = (run: Run, t: number): Moment | null => this.#moments.get(momentKey(run.id, t)) ?? null;
  knownFrame = (run: Run, t: number, sample: Sample): Frame | null =>
    this.#frames.get(frameKey(run.id, t, sample)) ?? null;

  load(run: Run, t: number, sample: Sample, signal: AbortSignal): Promise<[Moment, Frame]> {
    return Promise.all([this.moment(run, t, signal), this.frame(run, t, sample, signal)]);
  }

  async moment(run: Run, t: number, signal: AbortSignal): Promise<Moment> {
    const known = this.knownMoment(run, t);
    if (known) return known;
    const [trace, summary] = await Promise.all([
      this.#client.trace(run.id, t, signal),
      this.#client.summary(run.id, t, signal),
    ]);
    const moment = { run: run.id, iteration: t, trace, summary };
    this.#moments.set(momentKey(run.id, t), moment, bytesOf(trace));
    return moment;
  }

  async frame(run: Run, t: number, sample: Sample, signal: AbortSignal): Promise<Frame> {
    const known = this.knownFrame(run, t, sample);
    if (known) return known;
    const query = { from: t, to: t + 1, resolution: mapResolution(run), ...rowOf(sample) };
    const values = await this.#client.frames(run.id, query, signal);
    const frame = framesOf(values)[0];
    if (!frame) throw new Error(`the server sent no frame for iteration ${t}`);
    this.#frames.set(frameKey(run.id, t, sample), frame, bytesOf(values));
    return frame;
  }
}

/** A sample that a run's batches have: the last one for a place from elsewhere that counts further. */
export const heldTo = ({ batch_size }: Pick<Run, "batch_size">, sample: Sample): Sample =>
  sample === "mean" ? sample : Math.min(sample, batch_size - 1);

/** The query that asks for one sample's row instead of the batch mean. */
export const rowOf = (sample: Sample): { sample?: number } => (sample === "mean" ? {} : { sample });

const momentKey = (run: string, t: number) => `${run}/${t}`;
const frameKey = (run: string, t: number, sample: Sample) => `${run}/${t}/${sample}`;
