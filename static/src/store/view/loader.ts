import type { Client } from "../../api/client";
import type { IterationSummary, Run, Values } from "../../api/types";
import { LongWork } from "../work/longWork.svelte";
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

/** What lies so many iterations beyond what was seen of a run is trained up to by itself, and told of meanwhile. */
const FAR = 100;

/** Iterations as the studio shows them at rest, kept so that going there again needs no request. */
export class Loader {
  readonly #client: Client;
  readonly #moments = new Cache<Moment>(96 * MEGABYTE);
  readonly #frames = new Cache<Frame>(32 * MEGABYTE);
  /** How far each run was seen: up to there its server is quick. */
  readonly #seen = new Map<string, number>();
  /** Training up to a far iteration. */
  readonly training = new LongWork();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The iteration if it is here already: then the picture changes within the same turn. */
  knownMoment = (run: Run, t: number): Moment | null => this.#moments.get(momentKey(run.id, t)) ?? null;
  knownFrame = (run: Run, t: number, sample: Sample): Frame | null =>
    this.#frames.get(frameKey(run.id, t, sample)) ?? null;

  async load(run: Run, t: number, sample: Sample, signal: AbortSignal): Promise<[Moment, Frame]> {
    if (this.isFar(run, t)) await this.reach(run, t, signal);
    return Promise.all([this.moment(run, t, signal), this.frame(run, t, sample, signal)]);
  }

  /** Whether the server may have to train for long before it can show an iteration. */
  isFar = (run: Run, t: number): boolean =>
    !run.recording && !this.#client.recorded && t > (this.#seen.get(run.id) ?? 0) + FAR;

  /** Has the run trained up to an iteration; whoever waits can call it off. */
  async reach(run: Run, t: number, signal: AbortSignal): Promise<true> {
    await this.training.do(async (tell, own) => {
      await this.#client.reach(run.id, t, ({ reached, to }) => tell(reached, to), own);
    }, signal);
    this.saw(run.id, t);
    return true;
  }

  saw(run: string, t: number): void {
    this.#seen.set(run, Math.max(t, this.#seen.get(run) ?? 0));
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
