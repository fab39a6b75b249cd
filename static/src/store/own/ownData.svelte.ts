import { ApiError, type Client } from "../../api/client";
import type { Query } from "../../api/query";
import type { Evaluation, OwnColumn, OwnTable, RunConfig } from "../../api/types";
import type { At } from "../../common/curve";
import { type Asked, NOTHING, type RuleAsked, type Source } from "./asked";
import { isPicture, textOf } from "./fileText";
import { PictureFiles } from "./pictureFiles.svelte";
import { type Drawn, tableOf } from "./points";
import { POINTS, recalled, ruleTitle } from "./recalled";

/** Iterations of the run that is shown before it is opened. */
export const TRIED = 300;

/** The run that the table makes, as far as it was tried. */
export interface Tried {
  config: RunConfig;
  loss: At[];
  test: At[];
  at: Evaluation;
}
type Asks = Pick<Client, "readTable" | "drawTable" | "createRun" | "history" | "evaluation">;

/** A table of one's own on its way to a run: its text, how it is to be read, what was read, and how a first run fares. */
export class OwnData {
  open = $state(false);
  source = $state<Source>("table");
  title = $state("own data");
  text = $state.raw("");
  asked = $state.raw<Asked>(NOTHING);
  found = $state.raw<OwnTable | null>(null);
  refused = $state.raw<string | null>(null);
  tried = $state.raw<Tried | null>(null);
  /** Why there is no run to see, where its data was read. */
  untried = $state.raw<string | null>(null);
  /** What is shown belongs to what was asked before. */
  stale = $state(false);
  points = $state.raw<readonly Drawn[]>([]);
  rule = $state.raw<RuleAsked>({ rule: "y > sin(x)", rows: 200, low: -3, high: 3, noise: 0 });
  /** Why the rule that is typed draws nothing; what is shown belongs to the one before. */
  undrawn = $state.raw<string | null>(null);
  drawing = $state(false);
  readonly pictures = new PictureFiles();
  readonly #client: Asks;
  /** The text that was read last, and the rule that was drawn last. */
  #read = "";
  #drawn = "";
  readonly #kept = new Map<Source, { title: string; text: string; asked: Asked }>();

  constructor(client: Asks) {
    this.#client = client;
  }

  /** Why there is nothing to open, in the words of whoever said so. */
  get why(): string | null {
    return this.undrawn ?? this.refused ?? (this.found?.refused || null);
  }
  /** Whether what is shown is not what is asked for. */
  get behind(): boolean {
    return this.stale || this.drawing || this.undrawn !== null || this.refused !== null;
  }
  /** The run that can be opened. */
  get ready(): RunConfig | null {
    return this.behind ? null : (this.found?.config ?? null);
  }
  /** Shows the dialog with what a run's own data came from, unless there is something in it. */
  comeBack(data: unknown): void {
    const found = this.text || this.points.length ? null : recalled(data);
    if (found) {
      this.source = found.source;
      this.take(found.title, found.text, found.asked);
      this.points = found.points;
      this.rule = found.rule ?? this.rule;
      this.#drawn = found.rule ? JSON.stringify(found.rule) : "";
    }
    this.begin();
  }
  /** Another kind of source; what was in this one is there again when one comes back. */
  from(source: Source): void {
    if (source === this.source) return;
    this.#kept.set(this.source, { title: this.title, text: this.text, asked: this.asked });
    this.source = source;
    const { title, text, asked } = this.#kept.get(source) ?? {
      title: source === "table" ? "own data" : source,
      text: "",
      asked: NOTHING,
    };
    this.take(title, text, asked);
  }
  /** The points as they are drawn now. */
  place(points: readonly Drawn[]): void {
    this.points = points;
    const text = tableOf(points);
    if (this.title === POINTS && this.text) this.retype(text);
    else this.take(POINTS, text);
  }
  /** Shows the dialog, with a table in it if there is one. */
  begin(title = this.title, text = this.text, more: Partial<Asked> = {}): void {
    this.open = true;
    if (text !== this.text || title !== this.title) this.take(title, text, more);
  }

  /** Shows the dialog with what was dropped: pictures, or a table. */
  async bring(files: readonly File[]): Promise<void> {
    const pictures = files.filter(isPicture);
    if (pictures.length) {
      this.from("images");
      this.open = true;
      await this.pictures.add(pictures);
    } else if (files[0]) {
      this.from("table");
      this.begin(files[0].name, await textOf(files[0]));
    }
  }

  /** Another table: nothing that was said of the last one holds for it. */
  take(title: string, text: string, more: Partial<Asked> = {}): void {
    [this.title, this.text] = [title, text];
    this.asked = { ...NOTHING, ...more };
    this.found = this.tried = null;
    this.refused = this.untried = this.undrawn = null;
  }

  /** The same table with other rows: what was said of its columns stays. */
  retype(text: string): void {
    this.text = text;
    if (this.asked.mend.length) this.ask({ mend: [] });
  }

  ask(more: Partial<Asked>): void {
    this.asked = { ...this.asked, ...more };
  }

  setTarget(target: string): void {
    const column = this.asked.column?.filter((name) => name !== target) ?? null;
    this.ask({ target, column });
  }

  /** Takes a column in or leaves it out. */
  tick(name: string): void {
    const inputs =
      this.found?.columns.filter(({ role }) => role === "input").map((column) => column.name) ?? [];
    const chosen = this.asked.column ?? inputs;
    this.ask({
      column: chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name],
    });
  }

  setKind({ name }: OwnColumn, kind: string): void {
    const without = (names: readonly string[]) => names.filter((other) => other !== name);
    const [number, category] = [without(this.asked.number), without(this.asked.category)];
    if (kind === "number") number.push(name);
    if (kind === "category") category.push(name);
    this.ask({ number, category });
  }

  /** Reads a cell as something else; the file stays as it is. */
  mend(row: number, at: number, text: string): void {
    const others = this.asked.mend.filter((mend) => !mend.startsWith(`${row},${at},`));
    this.ask({ mend: [...others, `${row},${at},${text}`] });
  }

  /** Whether a rule has to be drawn, or what is there is of it. */
  toDraw(rule: RuleAsked): boolean {
    const there = this.#drawn === JSON.stringify(rule) && this.text !== "";
    this.drawing = !there;
    if (there) this.undrawn = null;
    return !there;
  }
  /** Draws a table by a rule. */
  async draw(rule: RuleAsked, signal: AbortSignal): Promise<void> {
    try {
      const text = await this.#client.drawTable(rule, signal);
      if (signal.aborted) return;
      this.#drawn = JSON.stringify(rule);
      const names = text.slice(0, text.indexOf("\n")).split(",");
      const title = ruleTitle(rule);
      if (text !== this.text || title !== this.title)
        this.take(title, text, { target: names.at(-1) ?? null });
      this.undrawn = null;
    } catch (error) {
      if (!signal.aborted) this.undrawn = said(error);
    } finally {
      if (!signal.aborted) this.drawing = false;
    }
  }
  /** Reads the table as it is asked for, then tries the run that it makes. */
  async read(signal: AbortSignal): Promise<void> {
    if (!this.text.trim()) {
      this.found = this.tried = null;
      const file = this.source === "table" && this.title !== "own data";
      this.refused = file ? `${this.title} is empty. ${NEEDED}` : null;
      return;
    }
    this.stale = true;
    try {
      const query: Query = {
        ...this.asked,
        title: this.title.slice(0, 200) || null,
        image: this.asked.image || null,
      };
      const found = await this.#client.readTable(this.text, query, signal);
      if (signal.aborted) return;
      [this.found, this.#read] = [found, this.text];
      this.refused = null;
      await this.#try(found, signal);
    } catch (error) {
      if (signal.aborted) return;
      // The columns of this text, as they were read before, are where the wrong choice is taken back
      if (this.#read !== this.text) this.found = null;
      [this.tried, this.refused] = [null, said(error)];
    } finally {
      if (!signal.aborted) this.stale = false;
    }
  }

  async #try({ config }: OwnTable, signal: AbortSignal): Promise<void> {
    if (!config) {
      this.tried = this.untried = null;
      return;
    }
    try {
      const { id } = await this.#client.createRun(config, signal);
      const history = await this.#client.history(id, 0, TRIED, signal);
      const at = await this.#client.evaluation(id, TRIED, signal);
      if (signal.aborted) return;
      this.tried = { config, loss: history.train_loss, test: history.test_loss, at };
      this.untried = null;
    } catch (error) {
      if (signal.aborted) return;
      [this.tried, this.untried] = [null, said(error)];
    }
  }
}

const NEEDED =
  "A table has a line of names, and under it a row for every sample: choose another file, or type one.";
const said = (error: unknown) => (error instanceof ApiError ? error.detail : String(error));
