import { ApiError, type Client } from "../../api/client";
import type { Run, RunConfig, SearchInfo, TrialEntry } from "../../api/types";
import type { NamedConfig, Sides } from "../compare/sides";
import type { decodePlace } from "../link";
import { ranked } from "../search/ranking";
import { RATES, type Racer, searchFor } from "./race";

/** A run whose path is drawn. */
export interface Walker extends NamedConfig {
  run: Run;
}

export async function walkerOf(server: Client, one: NamedConfig): Promise<Walker> {
  return { ...one, run: await server.createRun(one.config) };
}

/** An optimizer at the best of a few rates, which a search finds. */
export async function atItsBest(
  server: Client,
  base: RunConfig,
  racer: Racer,
  iterations: number,
): Promise<Walker> {
  const info = await server.createSearch(searchFor(base, racer, iterations));
  await finished(server, info);
  const { entries } = await server.trials(info.id, { limit: RATES.length, config: true });
  const best = ranked(entries, false).find(isFinished);
  if (!best)
    throw new ApiError({
      status: 0,
      title: racer.name,
      detail: `${racer.name} diverges at every rate that was tried.`,
    });
  return walkerOf(server, { name: racer.name, config: best.config as unknown as RunConfig, rates: RATES });
}

function finished(server: Client, { id }: SearchInfo): Promise<void> {
  return new Promise((resolve) => {
    const stop = server.watchSearch(id, {
      trials: () => {},
      progress: () => {},
      done: () => {
        stop();
        resolve();
      },
      interrupted: () => {},
    });
  });
}

const isFinished = ({ objective, diverged }: TrialEntry): boolean =>
  !diverged && objective !== null && Number.isFinite(objective);

/** A place of the studio as one run. */
export function placed(place: Awaited<ReturnType<typeof decodePlace>>): Sides | null {
  if (!place) return null;
  return {
    runs: [{ name: "this run", config: place.config }],
    iteration: place.iteration,
    to: place.iteration,
  };
}
