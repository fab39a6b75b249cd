import { decode } from "./decode";
import { ApiError, NotRecorded, noAnswer, refusal } from "./errors";
import { listen } from "./events";
import { Patience } from "./patience";
import { type Query, queryString, trainingBefore } from "./query";
import type { Recording } from "./recording";
import { readSafetensors } from "./safetensors";
import { Trainings } from "./trainings";
import type { Run, RunConfig, Values } from "./types";

const LEFT_OUT =
  "This file holds a part of the run. Export it anew where it came from, or open its settings in Backscope.";
const UNCHANGING = "A recording stays as it is: to change anything, open its settings in Backscope.";

const REFUSED = 422;
const UNKNOWN_RUN = "unknown-run";
const MOST_TURNS = 8;
const JSON_TYPE = "application/json";
export const TENSORS = "application/vnd.safetensors";

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw noAnswer();
  }
}

/** How requests reach a server, whatever it takes: it may be busy, not know the run, or have to train first. */
export class Transport {
  /** Configs by run id: with them a server that does not know a run (it restarted) is told again, once. */
  readonly #configs = new Map<string, RunConfig>();
  readonly patience = new Patience();
  readonly trainings = new Trainings();
  readonly #base: string;

  /** Runs keep their ids from one version of the program to the next: an answer kept for ever is one version's. */
  readonly #version: string | undefined;
  /** Answers instead of a server, where this page is a file that holds them. */
  readonly #recording: Promise<Recording> | null;

  constructor(base: string, version: string | undefined, recording: Promise<Recording> | null) {
    this.#base = base;
    this.#version = version;
    this.#recording = recording;
  }

  knows(id: string, config: RunConfig): void {
    this.#configs.set(id, config);
  }

  /** Where something is, for whoever goes there without asking here. */
  url = (path: string, query: Query = {}) => `${this.#base}${path}${queryString(query)}`;
  /** The same of what is kept for ever. */
  unchanging = (path: string, query: Query = {}) => `${this.#base}${path}${this.#query(query)}`;

  #query = (query: Query) => queryString({ ...query, v: this.#version });

  post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.write("POST", path, body, signal);
  }

  write<T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.upload(path, JSON_TYPE, JSON.stringify(body) ?? null, signal, method);
  }

  /** Sends something of any type; the answer is JSON. */
  async upload<T>(
    path: string,
    type: string,
    body: BodyInit | null,
    signal?: AbortSignal,
    method = "POST",
  ): Promise<T> {
    if (this.#recording) throw new NotRecorded(UNCHANGING);
    const headers = { "content-type": type, accept: JSON_TYPE };
    const init: RequestInit = { method, headers, body, signal: signal ?? null };
    return decode(await (await this.#ask(path, init)).json()) as T;
  }

  async json<T>(path: string, query: Query, signal?: AbortSignal): Promise<T> {
    if (this.#recording) return held((await this.#recording).json(path + queryString(query))) as T;
    return decode(await (await this.#get(path + this.#query(query), JSON_TYPE, signal)).json()) as T;
  }

  async tensors(path: string, query: Query, signal?: AbortSignal): Promise<Values> {
    if (this.#recording) return held((await this.#recording).tensors(path + queryString(query)));
    return readSafetensors(await (await this.#get(path + this.#query(query), TENSORS, signal)).arrayBuffer());
  }

  #get(path: string, accept: string, signal?: AbortSignal): Promise<Response> {
    return this.#ask(path, { headers: { accept }, signal: signal ?? null });
  }

  /** Sends; a 404 for a run whose config is known here is answered by posting that config. */
  async #ask(path: string, init: RequestInit): Promise<Response> {
    const response = await this.#send(path, init);
    if (response.ok) return response;
    if (response.status === REFUSED) return this.#reach(path, init, await refusal(response));
    const named = [...this.#configs].filter(([id]) => path.includes(id)).map(([, config]) => config);
    if (response.status !== 404 || !named.length) throw await refusal(response);
    return this.#tell(named, path, init);
  }

  /** Of several servers behind one address each may have to be told, and chance decides which one is asked. */
  async #tell(configs: RunConfig[], path: string, init: RequestInit): Promise<Response> {
    for (let turn = 1; ; turn++) {
      for (const config of configs) await this.post<Run>("/api/runs", config, init.signal ?? undefined);
      const again = await this.#send(path, init);
      if (again.ok) return again;
      const problem = await refusal(again);
      if (problem.kind !== UNKNOWN_RUN || turn === MOST_TURNS) throw problem;
    }
  }

  /** What took too long because of the training before it: that is done first, and told of while it lasts. */
  async #reach(path: string, init: RequestInit, problem: ApiError, turn = 1): Promise<Response> {
    const way = trainingBefore(path);
    if (problem.limit?.name !== "seconds" || !way || turn > MOST_TURNS) throw problem;
    await this.trainings.wait((told, signal) => this.events(way, told, signal), init.signal ?? null);
    const again = await this.#send(path, init);
    return again.ok ? again : this.#reach(path, init, await refusal(again), turn + 1);
  }

  /** Long work in events. Where there are none, a plain request says why, or tells the server of the run. */
  async events<So, Found>(path: string, told: (so: So) => void, signal: AbortSignal | null): Promise<Found> {
    try {
      return await listen<So, Found>(this.#base + path, told, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 0 || signal?.aborted) throw error;
      await this.#ask(path, { headers: { accept: "application/json" }, signal });
      return listen<So, Found>(this.#base + path, told, signal);
    }
  }

  #send(path: string, init: RequestInit): Promise<Response> {
    return this.patience.ask(() => send(this.#base + path, init), init.signal ?? null);
  }
}

/** What a recording holds of what it is asked for. */
function held<T>(answer: T | null): T {
  if (answer === null) throw new NotRecorded(LEFT_OUT);
  return answer;
}
