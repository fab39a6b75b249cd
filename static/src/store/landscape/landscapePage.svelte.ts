import { ApiError, type Client } from "../../api/client";
import type {
  Catalog,
  Edit,
  GroundQuery,
  Landscape,
  LandscapePath,
  LandscapePoint,
  LandscapeSpot,
  Preset,
} from "../../api/types";
import { client } from "../client";
import { MOST, type Sides, sidesIn } from "../compare/sides";
import { decodeFragment, decodePlace, encodePlace, hrefOf, placeAt } from "../link";
import type { Told } from "./honesty";
import { RATES, type Racer, READY, type ReadyRace, racersOf } from "./race";
import { atItsBest, placed, type Walker, walkerOf } from "./walkers";

/** Which part of the plane is looked at: half its width, and its middle. */
export interface Window {
  span: number;
  a: number;
  b: number;
}

/** A dot in hand: which path, and which of its points. */
export interface Held {
  path: number;
  point: number;
}

/** What another plane through the same place would hold; null where it is none, with the reason. */
export interface OtherPlane {
  title: string;
  share: number | null;
  reason: string;
}

/** Points along the longer side: a coarse picture at once, then finer ones in its place. */
const RESOLUTIONS = [31, 61, 121];
const LEAST = 3;
/** A finer picture that is going to take longer than this, in seconds, is not begun. */
const PATIENCE = 20;
const KINDS = [
  { directions: "pca", title: "PCA of the paths" },
  { directions: "gradient,update", title: "gradient and update" },
  { directions: "random", title: "two random directions" },
];
const ZOOM = 1.5;
const PAN = 0.25;
const PICTURES = 80;

export class LandscapePage {
  readonly #client: Client;
  catalog = $state.raw<Catalog | null>(null);
  presets = $state.raw<readonly Preset[]>([]);
  walkers = $state.raw<readonly Walker[]>([]);
  iteration = $state(0);
  directions = $state("pca");
  normalise = $state<"none" | "row">("none");
  data = $state<"train" | "batch">("train");
  window = $state.raw<Window | null>(null);
  /** Width over height of the stage. */
  aspect = $state(1.6);
  found = $state.raw<Landscape | null>(null);
  /** The iteration and the runs that `found` is of. */
  told = $state.raw<Told | null>(null);
  planes = $state.raw<readonly OtherPlane[]>([]);
  held = $state.raw<Held | null>(null);
  playhead = $state<number | null>(null);
  playing = $state(false);
  /** The resolution that is being computed; 0 while the picture is whole. */
  computing = $state(0);
  seconds = $state(0);
  /** What the race does before there are paths. */
  progress = $state("");
  ready = $state<string | null>(null);
  trouble = $state.raw<ApiError | null>(null);
  #drawing: AbortController | null = null;
  #opened = 0;
  /** Points along a side that the server allows. */
  #finest = Number.POSITIVE_INFINITY;

  constructor(server: Client) {
    this.#client = server;
  }

  readonly racers: Racer[] = $derived(this.catalog ? racersOf(this.catalog) : []);
  readonly full = $derived(this.walkers.length >= MOST);
  readonly heldPoint: LandscapePoint | null = $derived(
    this.held ? (this.found?.paths[this.held.path]?.points[this.held.point] ?? null) : null,
  );

  /** Opens what a fragment holds: runs side by side, a place of the studio, or else the ready race. */
  async arrive(fragment: string): Promise<void> {
    const raw = fragment ? await decodeFragment(fragment) : null;
    const sides = sidesIn(raw, 1) ?? placed(await decodePlace(fragment));
    await this.#guarded(async () => {
      const { catalog, presets, limits } = this.#client;
      const [known, ready, most] = await Promise.all([catalog(), presets(), limits()]);
      [this.catalog, this.presets, this.#finest] = [
        known,
        ready,
        most.resolution ?? Number.POSITIVE_INFINITY,
      ];
    });
    if (sides) await this.open(sides);
    else await this.openReady(READY[0]!);
  }

  async open({ runs, iteration, ready }: Sides): Promise<void> {
    const mine = this.#begin();
    await this.#guarded(async () => {
      const walkers = await Promise.all(runs.map((one) => walkerOf(this.#client, one)));
      if (mine !== this.#opened) return;
      this.ready = READY.some(({ title }) => title === ready) ? ready! : null;
      await this.#show(walkers, iteration);
    });
  }

  /** Runs the searches of a race and shows what came of them. */
  async openReady(race: ReadyRace): Promise<void> {
    const preset = this.presets.find(({ name }) => name === race.preset);
    if (!preset) return;
    const mine = this.#begin();
    await this.#guarded(async () => {
      const walkers: Walker[] = [];
      for (const racer of race.racers) {
        this.progress = `${racer.name} is tried at ${RATES.length} learning rates.`;
        walkers.push(await atItsBest(this.#client, preset.config, racer, race.iterations));
        if (mine !== this.#opened) return;
      }
      this.ready = race.title;
      this.progress = "";
      await this.#show(walkers, race.iterations);
    });
    if (mine === this.#opened) this.progress = "";
  }

  /** Another optimizer from the same start, at the best of its rates. */
  async add(racer: Racer): Promise<void> {
    const first = this.walkers[0];
    if (!first || this.full) return;
    const mine = this.#opened;
    this.progress = `${racer.name} is tried at ${RATES.length} learning rates.`;
    await this.#guarded(async () => {
      const walker = await atItsBest(this.#client, first.run.config, racer, this.iteration);
      if (mine !== this.#opened) return;
      this.progress = "";
      await this.#show([...this.walkers, walker], this.iteration);
    });
    if (mine === this.#opened) this.progress = "";
  }

  remove(i: number): Promise<void> {
    return this.#changed(this.walkers.filter((_, other) => other !== i));
  }

  /** Puts another run's parameters into the centre of the picture. */
  centreOn(i: number): Promise<void> {
    return this.#changed([this.walkers[i]!, ...this.walkers.filter((_, other) => other !== i)]);
  }

  #changed(walkers: readonly Walker[]): Promise<void> {
    this.ready = null;
    return this.#guarded(() => this.#show(walkers, this.iteration));
  }

  #begin(): number {
    this.#drawing?.abort();
    this.trouble = null;
    this.playing = false;
    return ++this.#opened;
  }

  #show(walkers: readonly Walker[], iteration: number): Promise<void> {
    this.walkers = walkers;
    this.iteration = iteration;
    this.window = null;
    this.held = null;
    this.playhead = null;
    const goal = this.directions.startsWith("to:") ? this.directions.slice(3) : null;
    if (goal && !walkers.slice(1).some(({ run }) => run.id === goal)) this.directions = "pca";
    return this.draw(true);
  }

  // What is looked at

  look(
    changed: Partial<Pick<LandscapePage, "directions" | "normalise" | "data" | "iteration">>,
  ): Promise<void> {
    Object.assign(this, changed);
    this.window = null;
    this.held = null;
    this.playhead = null;
    return this.draw("iteration" in changed);
  }

  toggleData = (): Promise<void> => this.look({ data: this.data === "train" ? "batch" : "train" });

  fit(): Promise<void> {
    this.window = null;
    return this.draw();
  }

  zoom(into: number, from: Window): Promise<void> {
    this.window = { ...from, span: from.span / ZOOM ** into };
    return this.draw();
  }

  pan(right: number, up: number, from: Window): Promise<void> {
    this.window = { ...from, a: from.a + right * PAN * from.span, b: from.b + up * PAN * from.span };
    return this.draw();
  }

  /** The picture, coarse first and then finer; what is asked for meanwhile takes its place. */
  async draw(anew = false): Promise<void> {
    const first = this.walkers[0];
    if (!first) return;
    this.#drawing?.abort();
    const controller = new AbortController();
    this.#drawing = controller;
    const { signal } = controller;
    await this.#guarded(async () => {
      const began = performance.now();
      let [before, last] = [0, 0];
      for (const resolution of RESOLUTIONS) {
        if (resolution > this.#finest) break;
        if (before && last * (resolution / before) ** 2 > PATIENCE) break;
        this.computing = resolution;
        const found = await this.#ask(this.directions, resolution, signal);
        if (signal.aborted) return;
        this.found = found;
        this.told = this.#tell(found);
        const seconds = (performance.now() - began) / 1000;
        [before, last] = [resolution, seconds - (before ? this.seconds : 0)];
        this.seconds = seconds;
      }
      if (anew) await this.#lookAtPlanes(signal);
    }, signal);
    if (this.#drawing === controller) this.computing = 0;
  }

  #tell(found: Landscape): Told {
    const names = found.paths.map(({ run }) => this.walkers.find((one) => one.run.id === run)?.name ?? run);
    return { found, names, iteration: this.iteration };
  }

  #ask(directions: string, resolution: number, signal: AbortSignal): Promise<Landscape> {
    const query = {
      ...this.#plane(directions),
      resolution,
      aspect: this.aspect,
      ...(resolution > LEAST ? (this.window ?? {}) : {}),
    };
    return this.#client.landscape(this.walkers[0]!.run.id, this.iteration, query, signal);
  }

  #plane(directions: string): GroundQuery {
    const others = this.walkers.slice(1).map(({ run }) => run.id);
    const goal = directions.startsWith("to:") ? directions.slice(3) : null;
    return {
      directions,
      with: others.filter((id) => id !== goal).join(","),
      normalise: directions === "random" ? this.normalise : "none",
      data: this.data,
    };
  }

  /** What is at a place on the ground. */
  spot(a: number, b: number): Promise<LandscapeSpot> {
    const plane = this.#plane(this.directions);
    return this.#client.landscapeSpot(this.walkers[0]!.run.id, this.iteration, plane, a, b);
  }

  /** The studio at a run that has the parameters of a place on the ground, at the iteration of the picture. */
  async spotLink(edits: LandscapeSpot["edits"]): Promise<string> {
    const { run } = this.walkers[0]!;
    const changed = (edits ?? []) as unknown as Edit[];
    const { config } = changed.length ? await this.#client.branch(run.id, changed) : run;
    return hrefOf("/", placeAt(config, this.iteration));
  }

  /** How much of the paths the three kinds of planes hold, each asked for at its coarsest. */
  async #lookAtPlanes(signal: AbortSignal): Promise<void> {
    const planes: OtherPlane[] = [];
    for (const { directions, title } of KINDS) {
      const plane = await this.#shareOf(directions, signal);
      planes.push({ title, ...plane });
      if (signal.aborted) return;
    }
    this.planes = planes;
  }

  async #shareOf(directions: string, signal: AbortSignal): Promise<{ share: number | null; reason: string }> {
    try {
      const { explained } = await this.#ask(directions, LEAST, signal);
      return { share: explained[0]! + explained[1]!, reason: "" };
    } catch (error) {
      if (error instanceof ApiError) return { share: null, reason: error.detail };
      throw error;
    }
  }

  // The dots

  hold(path: number, iteration: number): void {
    const points = this.found?.paths[path]?.points ?? [];
    const near = (i: number) => Math.abs(points[i]!.iteration - iteration);
    const point = points.reduce((best, _, i) => (near(i) < near(best) ? i : best), 0);
    this.held = points.length ? { path, point } : null;
  }

  /** The next dot along the path in hand, or that of the next path. */
  step(by: number, paths = 0): void {
    const all: readonly LandscapePath[] = this.found?.paths ?? [];
    if (!all.length) return;
    const path = ((this.held?.path ?? 0) + paths + all.length) % all.length;
    const last = all[path]!.points.length - 1;
    const from = this.held?.point ?? last + 1;
    this.held = { path, point: Math.max(0, Math.min(last, from + by)) };
  }

  async play(): Promise<void> {
    if (this.playing) {
      this.playing = false;
      return;
    }
    this.playing = true;
    const stride = Math.max(1, Math.round(this.iteration / PICTURES));
    if (this.playhead === null || this.playhead >= this.iteration) this.playhead = 0;
    while (this.playing && (this.playhead ?? 0) < this.iteration) {
      await new Promise((done) => setTimeout(done, 50));
      if (this.playing) this.playhead = Math.min(this.iteration, (this.playhead ?? 0) + stride);
    }
    this.playing = false;
  }

  // Links

  #sides(): Sides {
    const runs = this.walkers.map(({ name, run, rates }) => ({
      name,
      config: run.config,
      ...(rates ? { rates } : {}),
    }));
    return {
      runs,
      iteration: this.iteration,
      to: this.iteration,
      ...(this.ready ? { ready: this.ready } : {}),
    };
  }

  /** The fragment that brings these runs back, at this iteration, on any server. */
  fragment = (): Promise<string> => encodePlace(this.#sides());

  async studioLink({ path, point }: Held): Promise<string | null> {
    const found = this.found?.paths[path];
    const walker = this.walkers.find(({ run }) => run.id === found?.run);
    const iteration = found?.points[point]?.iteration;
    if (!walker || iteration === undefined) return null;
    return hrefOf("/", placeAt(walker.run.config, iteration));
  }

  async #guarded(task: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    this.trouble = null;
    try {
      await task();
    } catch (error) {
      if (signal?.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.trouble = error;
    }
  }
}

export const landscape = new LandscapePage(client);
