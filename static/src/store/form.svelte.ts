import type { ApiError } from "../api/client";
import type { Catalog, Edit, FieldError, Fit, Json, RunConfig } from "../api/types";
import {
  branchable,
  contains,
  effective,
  isWithin,
  same,
  scopeOf,
  valueAt,
  withRestored,
  withSetting,
} from "../config/paths";

/** What the form needs of the studio. */
export interface FormHost {
  readonly catalog: Catalog | null;
  /** The run on show and the iteration that is looked at. */
  readonly view: { readonly config: RunConfig | null; readonly cursor: { readonly iteration: number } };
  /** What is on its way into view: where it starts over, and what it is. */
  readonly ahead: { readonly startsOver: boolean; readonly config: RunConfig } | null;
  /** Does something once all is done that was pressed before it; or at once, if it can join what is on its way. */
  inTurn(task: () => Promise<void>, joins: "any" | "branch"): Promise<void>;
  /** Opens a changed config from iteration 0, with the course that is left beside it. */
  startOver(config: RunConfig): Promise<void>;
  branch(edit: Edit, refused: (error: ApiError) => void): Promise<void>;
}

/** The settings as typed so far, and what is wrong with them; a change opens a run or makes a branch. */
export class Form {
  /** The config as typed so far: differs from the run's while the server refuses it. */
  draft = $state.raw<RunConfig | null>(null);
  /** What the server refuses, and what needed no server to know. */
  refused = $state.raw<FieldError[]>([]);
  mistakes = $state.raw<FieldError[]>([]);
  /** Configurations that run on the data as typed, where the net as typed does not. */
  fits = $state.raw<Fit[]>([]);
  /** Where a changed hyper-parameter takes effect. */
  applies = $state<"here" | "start">("here");
  readonly #host: FormHost;

  readonly errors = $derived.by(() => [
    ...this.mistakes,
    ...this.refused.map(({ hint, ...error }) => ({ ...error, message: hint || error.message })),
  ]);

  constructor(host: FormHost) {
    this.#host = host;
  }

  /** What a field shows: as typed while refused, else what holds at the cursor. */
  field(path: string): unknown {
    const config = this.#config;
    const typed = valueAt(this.draft, path);
    if (!config || typed !== valueAt(config, path)) return typed;
    return effective(config, path, this.#iteration);
  }

  /** What the run will be that is on its way, else what the one on show is. */
  get #config(): RunConfig | null {
    return this.#host.ahead?.config ?? this.#host.view.config;
  }

  get #iteration(): number {
    return this.#host.ahead?.startsOver ? 0 : this.#host.view.cursor.iteration;
  }

  errorsAt = (path: string) => this.errors.filter((error) => error.path === path);
  errorsWithin = (path: string) => this.errors.filter((error) => isWithin(error.path, path));

  /** Whether this config is what is typed, edits aside. */
  is = (config: RunConfig) => contains(this.draft, { ...config, edits: this.draft?.edits });

  /** Whether changing this setting now makes a branch rather than a run from the start. */
  makesBranch = (path: string) =>
    this.#settable(path) && this.applies === "here" && this.#iteration > 0 && this.#runs(path);

  /** Whether changing this setting now leaves the iteration on show for the first one. */
  startsOver = (path: string) => this.#iteration > 0 && !this.makesBranch(path);

  #settable(path: string): boolean {
    const { catalog } = this.#host;
    return catalog !== null && branchable(path, catalog);
  }

  /** Whether the run has what is being set: another optimizer or schedule may still be typed only. */
  #runs(path: string): boolean {
    const kind = `${path.split(".")[0]}.type`;
    return this.#config !== null && valueAt(this.#config, kind) === valueAt(this.draft, kind);
  }

  /** Another run is here. */
  enter(config: RunConfig): void {
    this.draft = config;
    this.refused = this.mistakes = [];
    this.fits = [];
  }

  refuse(errors: FieldError[]): void {
    this.refused = errors;
  }

  /** What would fit the data of a config that was refused; of one that is no longer typed it is not told. */
  offer(config: RunConfig, fits: Fit[]): void {
    if (config === this.draft) this.fits = fits;
  }

  /** A field's new value; with a mistake in it, it stays in the form and the run stays as it is. */
  set(path: string, value: Json, mistake: FieldError | null = null): Promise<void> {
    return this.#host.inTurn(() => this.#set(path, value, mistake), "any");
  }

  #set(path: string, value: Json, mistake: FieldError | null): Promise<void> {
    const config = this.#config;
    const iteration = this.#iteration;
    this.mistakes = [
      ...this.mistakes.filter((error) => !isWithin(error.path, scopeOf(path))),
      ...(mistake ? [mistake] : []),
    ];
    if (mistake) return this.#keep(path, value);
    if (config && same(value, effective(config, path, iteration) ?? this.#default(path)))
      return this.#restore(path, config);
    if (this.makesBranch(path)) return this.#branch({ iteration, set: { [path]: value } }, path, value);
    // Other mistakes are still in the form: the run is opened once the last of them is put right.
    if (this.mistakes.length) return this.#keep(path, value);
    return this.replace(withSetting(this.draft, path, value) as RunConfig);
  }

  /** Sets one number of a parameter at the cursor's iteration: a branch. */
  setCell(parameter: string, index: number[], value: number): Promise<void> {
    return this.#host.inTurn(() => {
      const { iteration } = this.#host.view.cursor;
      return this.#branch({ iteration, parameter, index, value }, parameter, value);
    }, "branch");
  }

  /** Opens a changed config from iteration 0: edits belong to the run they were made in and are left behind. */
  replace(config: RunConfig): Promise<void> {
    return this.#host.startOver({ ...config, edits: [] });
  }

  #branch(edit: Edit, path: string, value: Json): Promise<void> {
    return this.#host.branch(edit, (error) => {
      this.refused = [{ message: error.detail, ...error.errors[0], path }];
      if (this.#settable(path)) this.draft = withSetting(this.draft, path, value);
    });
  }

  /** What holds where nothing is said: of the sections that a run may have. */
  #default(path: string): Json {
    const [section, name] = path.split(".");
    const entry = this.#host.catalog?.run[section as "clip"];
    return (entry?.parameters?.find((parameter) => parameter.name === name)?.default ?? null) as Json;
  }

  /** A field says again what the run on show has: with all others as they were, nothing is to be opened. */
  async #restore(path: string, config: RunConfig): Promise<void> {
    this.#retract(path);
    this.draft = withRestored(this.draft, path, config);
    if (same({ ...this.draft, edits: [] }, { ...config, edits: [] })) this.refused = [];
    else if (!this.mistakes.length) await this.replace(this.draft as RunConfig);
  }

  #keep(path: string, value: Json): Promise<void> {
    this.draft = withSetting(this.draft, path, value);
    this.#retract(path);
    return Promise.resolve();
  }

  #retract(path: string): void {
    this.refused = this.refused.filter((error) => !isWithin(error.path, scopeOf(path)));
  }
}
