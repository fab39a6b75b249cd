import { ApiError, type Client, type Query } from "../../api/client";
import type { Evaluation, OwnColumn, OwnTable, RunConfig } from "../../api/types";
import type { At } from "../../common/curve";
import { isPicture, textOf } from "./fileText";
import { PictureFiles } from "./pictureFiles.svelte";

export type Source = "table" | "points" | "rule" | "images";
/** Iterations of the run that is shown before it is opened. */
export const TRIED = 300;

/** What is asked of the reading; null where the server guesses. */
export interface Asked {
  target: string | null;
  column: readonly string[] | null;
  number: readonly string[];
  category: readonly string[];
  separator: string | null;
  decimal: string | null;
  header: boolean | null;
  gaps: "leave_out" | "median";
  scaling: "standardize" | "none";
  test_percent: number;
  mend: readonly string[];
  image: string;
  seed: number;
}
const NOTHING: Asked = {
  target: null,
  column: null,
  number: [],
  category: [],
  separator: null,
  decimal: null,
  header: null,
  gaps: "leave_out",
  scaling: "standardize",
  test_percent: 30,
  mend: [],
  image: "",
  seed: 0,
};

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
  readonly pictures = new PictureFiles();
  readonly #client: Asks;

  constructor(client: Asks) {
    this.#client = client;
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
      this.source = "images";
      this.open = true;
      await this.pictures.add(pictures);
    } else if (files[0]) {
      this.source = "table";
      this.begin(files[0].name, await textOf(files[0]));
    }
  }

  /** Another table: nothing that was said of the last one holds for it. */
  take(title: string, text: string, more: Partial<Asked> = {}): void {
    [this.title, this.text] = [title, text];
    this.asked = { ...NOTHING, ...more };
    this.found = this.tried = null;
    this.refused = this.untried = null;
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

  /** Draws a table by a rule. */
  async draw(rule: { [name: string]: string | number }, signal: AbortSignal): Promise<void> {
    try {
      const text = await this.#client.drawTable(rule, signal);
      if (signal.aborted || text === this.text) return;
      const names = text.slice(0, text.indexOf("\n")).split(",");
      this.take(String(rule.rule), text, { target: names.at(-1) ?? null });
    } catch (error) {
      if (!signal.aborted) this.refused = said(error);
    }
  }

  /** Reads the table as it is asked for, then tries the run that it makes. */
  async read(signal: AbortSignal): Promise<void> {
    if (!this.text.trim()) {
      this.found = this.tried = null;
      this.refused = null;
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
      this.found = found;
      this.refused = null;
      await this.#try(found, signal);
    } catch (error) {
      if (signal.aborted) return;
      [this.found, this.tried, this.refused] = [null, null, said(error)];
    } finally {
      if (!signal.aborted) this.stale = false;
    }
  }

  async #try({ config }: OwnTable, signal: AbortSignal): Promise<void> {
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

const said = (error: unknown) => (error instanceof ApiError ? error.detail : String(error));
