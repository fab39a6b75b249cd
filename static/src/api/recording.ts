import { decode } from "./decode";
import { type Stacks, Unpacker } from "./stacks";
import type { History, Value, Values } from "./types";

/** What a recording is of; `end` is one past its last iteration. */
export interface RecordedAbout {
  run: string;
  title: string;
  version: string;
  start: number;
  end: number;
  iteration: number;
  /** The iterations of which every cell is explained. */
  explained: number[];
}

type Answers = { [path: string]: unknown };
type StepAbout = { inputs: string[]; output: string };
interface Group {
  iterations: number[];
  steps: StepAbout[];
  values: Stacks;
}
interface Document {
  about: RecordedAbout;
  answers: Answers;
  /** Of each iteration its answers by their address below it. */
  said: Answers[];
  /** Of each iteration the formula of every step, with numbers. */
  numbers: string[][];
  groups: Group[];
  frames: Stacks;
  /** Of what an animation of one sample shows the sample's row. */
  rows: string[];
  axes: { resolution: number; x: number[]; y: number[] | null } | null;
}

type Query = URLSearchParams;
const whole = (query: Query, name: string, otherwise: number) => Number(query.get(name) ?? otherwise);

/** The answers of a stretch of a run, from a file instead of a server; null for what is not in it. */
export class Recording {
  readonly about: RecordedAbout;
  readonly #document: Document;
  readonly #numbers: Unpacker;

  constructor(buffer: ArrayBuffer) {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    const text = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
    this.#document = decode(JSON.parse(text)) as Document;
    this.#numbers = new Unpacker(new Uint8Array(buffer, 8 + length));
    this.about = this.#document.about;
  }

  /** Compressed, and written as text in the page. */
  static async read(text: string): Promise<Recording> {
    const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Recording(await new Response(stream).arrayBuffer());
  }

  /** The answer to a GET. */
  json(address: string): unknown {
    const [path = "", text = ""] = address.split("?");
    const query = new URLSearchParams(text);
    if (path.endsWith("/history")) return this.#history(path, query);
    const below = /\/iterations\/(\d+)(\/?.*)$/.exec(path);
    if (!below) return this.#document.answers[path] ?? null;
    return this.#ofIteration(Number(below[1]), below[2]!, path, query);
  }

  /** The same as tensors by name. */
  tensors(address: string): Values | null {
    const [path = "", text = ""] = address.split("?");
    const t = Number(/\/iterations\/(\d+)\/trace$/.exec(path)?.[1] ?? Number.NaN);
    if (!Number.isNaN(t)) return this.#holds(t) ? this.#trace(t) : null;
    return path.endsWith("/frames") ? this.#frames(new URLSearchParams(text)) : null;
  }

  #holds = (t: number) => t >= this.about.start && t < this.about.end;

  #ofIteration(t: number, below: string, path: string, query: Query): unknown {
    if (!this.#holds(t)) return null;
    const step = /^\/steps\/(\d+)$/.exec(below);
    if (step) return this.#step(t, Number(step[1]));
    if (below === "/boundary") return this.#boundary(t);
    if (below === "/flow" && query.has("sample")) return null;
    return this.#document.said[t - this.about.start]?.[below] ?? this.#explained(path, query);
  }

  /** With what it was asked for besides, or without: a check that was not made is left out, as is a cell to begin with. */
  #explained(path: string, query: Query): unknown {
    const { answers } = this.#document;
    if (path.endsWith("/stage")) for (const name of ["value", "index"]) query.delete(name);
    const written = () => {
      const parts = [...query].filter(([name]) => name !== "v").sort(([a], [b]) => (a < b ? -1 : 1));
      return path + (parts.length ? `?${parts.map((part) => part.join("=")).join("&")}` : "");
    };
    const found = answers[written()];
    query.delete("check");
    return found ?? answers[written()] ?? null;
  }

  #group(t: number): [Group, number] {
    const group = this.#document.groups.find(({ iterations }) => iterations.includes(t))!;
    return [group, group.iterations.indexOf(t)];
  }

  #value(t: number, name: string): Value | null {
    const [{ values }, at] = this.#group(t);
    const stack = values[name];
    const of = stack?.of ? values[stack.of] : stack;
    return of ? this.#numbers.one(of, at) : null;
  }

  #trace(t: number): Values {
    const [{ values }] = this.#group(t);
    return new Map(Object.keys(values).map((name) => [name, this.#value(t, name)!]));
  }

  #step(t: number, k: number): unknown {
    const [{ steps }] = this.#group(t);
    const about = steps[k];
    if (!about) return null;
    const named = (name: string) => ({ name, ...this.#value(t, name) });
    const numbers = this.#document.numbers[t - this.about.start]?.[k] ?? "";
    return { ...about, numbers, inputs: about.inputs.map(named), output: named(about.output) };
  }

  /** One iteration of what an animation shows, of the batch or of one sample. */
  #frame(t: number, name: string, sample: number | null): Value {
    const { frames, rows } = this.#document;
    if (sample !== null && rows.includes(name)) return rowOf(this.#value(t, name)!, sample);
    const stack = frames[name]!;
    if (stack.coding === "trace") return this.#value(t, name)!;
    return this.#numbers.one(stack.of ? frames[stack.of]! : stack, t - this.about.start);
  }

  #frames(query: Query): Values | null {
    const [from, to] = [whole(query, "from", 0), whole(query, "to", 60)];
    const [stride, sample] = [whole(query, "stride", 1), query.get("sample")];
    const iterations: number[] = [];
    for (let t = from; t < Math.min(to, this.about.end); t += stride) iterations.push(t);
    if (!iterations.length || !this.#holds(from)) return null;
    const row = sample === null ? null : Number(sample);
    return new Map(
      Object.keys(this.#document.frames).map((name) => {
        return [name, stacked(iterations.map((t) => this.#frame(t, name, row)))];
      }),
    );
  }

  /** The output over the plane, from the maps: as fine as they were recorded. */
  #boundary(t: number): unknown {
    const { axes, frames } = this.#document;
    if (!axes || !frames.boundary) return null;
    const { shape, data } = this.#frame(t, "boundary", null);
    const [units = 1] = shape;
    const cells = data.length / units;
    const outputs = data.map((_, i) => data[(i % units) * cells + Math.floor(i / units)]!);
    return { ...axes, outputs: { shape: [...shape.slice(1), ...(units > 1 ? [units] : [])], data: outputs } };
  }

  /** A part of the recorded course, which begins with the run. */
  #history(path: string, query: Query): unknown {
    const course = this.#document.answers[path] as History | undefined;
    const [from, to] = [whole(query, "from", 0), Math.min(whole(query, "to", 0), this.about.end)];
    if (!course || from >= to) return null;
    const parts = Object.entries(course).map(([name, item]) => {
      if (!Array.isArray(item)) return [name, item];
      if (name === "clipped") return [name, (item as number[]).filter((t) => t >= from && t < to)];
      const points = typeof item[0] === "object";
      const within = ({ iteration }: { iteration: number }) => iteration >= from && iteration < to;
      return [name, points ? (item as { iteration: number }[]).filter(within) : item.slice(from, to)];
    });
    return { ...Object.fromEntries(parts), from, to };
  }
}

/** A sample's row of a value; in a smaller batch its last. */
function rowOf({ shape, data }: Value, sample: number): Value {
  const size = data.length / (shape[0] || 1);
  const row = Math.min(sample, (shape[0] || 1) - 1);
  return { shape: shape.slice(1), data: data.subarray(row * size, (row + 1) * size) };
}

function stacked(values: Value[]): Value {
  const { shape, data } = values[0]!;
  const all = data instanceof Float32Array ? Float32Array : Float64Array;
  const joined = new all(values.length * data.length);
  values.forEach((value, i) => {
    joined.set(value.data, i * data.length);
  });
  return { shape: [values.length, ...shape], data: joined };
}
