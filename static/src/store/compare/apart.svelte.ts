import { ApiError, type Client } from "../../api/client";
import type { Differences, ValueDifference } from "../../api/types";
import type { Pair } from "./sides";

/** Which value of which two runs is subtracted. */
export interface Subtracted {
  pair: Pair;
  value: string;
}
/** The runs on show and the iteration at which all of them stand. */
export interface Standing {
  ids: readonly string[];
  iteration: number;
}
type Server = Pick<Client, "difference" | "differences">;

/** What is subtracted unless somebody chose: the first matrix, or whatever is there. */
const MATRIX = 2;

/** The difference of a value between two of the runs, at the iteration at which all stand. */
export class ApartView {
  readonly #server: Server;
  /** Folded, nothing is asked for. */
  open = $state(false);
  pair = $state.raw<Pair>([0, 1]);
  value = $state("");
  list = $state.raw<Differences["values"]>([]);
  found = $state.raw<ValueDifference | null>(null);
  trouble = $state("");
  #asking: AbortController | null = null;

  constructor(server: Server) {
    this.#server = server;
  }

  /** What a link says, as far as there are such runs. */
  adopt(subtracted: Subtracted | null, runs: number): void {
    const fits = subtracted !== null && Math.max(...subtracted.pair) < runs;
    this.pair = fits ? subtracted.pair : [0, 1];
    this.value = fits ? subtracted.value : "";
    this.open = fits;
    this.list = [];
    this.found = null;
  }

  get subtracted(): Subtracted | null {
    return this.open && this.value ? { pair: this.pair, value: this.value } : null;
  }

  choose(change: Partial<Subtracted>): void {
    this.pair = change.pair ?? this.pair;
    this.value = change.value ?? this.value;
    this.open = true;
  }

  /** Brings the difference where the runs stand; what was asked for before is dropped. */
  async look({ ids, iteration }: Standing): Promise<void> {
    const [here, there] = this.pair.map((i) => ids[i]);
    this.#asking?.abort();
    if (!this.open || !here || !there) return;
    const controller = new AbortController();
    this.#asking = controller;
    const { signal } = controller;
    try {
      const { values } = await this.#server.differences(here, iteration, there, signal);
      if (signal.aborted) return;
      this.list = values;
      const value = this.#known(values);
      const found = value ? await this.#server.difference(here, iteration, there, value, signal) : null;
      if (signal.aborted) return;
      this.value = value;
      this.found = found;
      this.trouble = value ? "" : "These two runs have no value in common.";
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.found = null;
      this.trouble = error.detail;
    }
  }

  #known(values: Differences["values"]): string {
    const names = values.map(({ value }) => value);
    if (names.includes(this.value)) return this.value;
    return values.find(({ shape }) => shape.length === MATRIX)?.value ?? names[0] ?? "";
  }
}
