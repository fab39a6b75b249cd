import type { ActivationEntry, Cell, Phase, ProgramStep, Run, RunLayer, Value } from "../api/types";
import type { Column, Layout } from "../draw/networkLayout";
import { scaleOf } from "../draw/networkScale";
import type { BundleScene, ColumnScene, Scene } from "../draw/networkScene";
import type { Target } from "../draw/networkTarget";
import { subject } from "../state/cells";

type Numbers = ArrayLike<number>;

/** What the picture needs to know: the store, or a stand-in. */
export interface Reader {
  readonly run: Run | null;
  readonly catalog: { activations: ActivationEntry[] } | null;
  readonly step: ProgramStep | null;
  readonly playing: boolean;
  readonly settled: boolean;
  readonly frame: { get(name: string): Value | null; number(name: string): number } | null;
  value(name: string): Value | null;
  isKnown(name: string): boolean;
  current(parameter: string): string;
  units(name: string): Numbers | null;
  weights(name: string): Value | null;
}

export function readScene(reader: Reader, layout: Layout): Scene {
  const { run, step } = reader;
  const layers = run?.layers ?? [];
  return {
    columns: layout.columns.map((column, at) => columnScene(reader, column, layers[at - 1])),
    bundles: layout.bundles.map((bundle) => bundleScene(reader, bundle.weight, bundle.from, layers.at(-1))),
    loss: readLoss(reader),
    phase: step?.phase ?? null,
    output: step?.output ?? "",
  };
}

function columnScene(reader: Reader, column: Column, layer: RunLayer | undefined): ColumnScene {
  const { run } = reader;
  const known = (name: string) => (reader.isKnown(name) ? reader.units(name) : null);
  const isLoss = column.kind === "loss";
  const bias = layer?.parameters.find((name) => name.endsWith(".bias"));
  const activation = reader.catalog?.activations.find((a) => a.name === layer?.activation);
  return {
    phase: phaseAt(reader.step, column.name),
    values: isLoss ? null : known(column.value),
    z: layer?.z ? known(layer.z) : null,
    arriving: layer ? known(`${layer.a}.grad`) : null,
    delta: layer ? known(`${layer.z}.grad`) : null,
    ...parameterScene(reader, bias, (value) => value?.data ?? null),
    maps: layer ? (reader.frame?.get(`maps/${layer.a}`) ?? null) : null,
    scale: scaleOf(
      activation,
      layer === run?.layers.at(-1) && column.units === 1 && run?.task === "classification",
    ),
  };
}

function parameterScene(
  reader: Reader,
  name: string | undefined,
  cut: (value: Value | null) => Numbers | null,
) {
  const { weight, grad, change } = parameterValues(reader, name);
  return { bias: cut(weight), biasGrad: cut(grad), biasChange: cut(change) };
}

/** A parameter as it is at the cursor, its gradient, and in the update phase how it changes. */
function parameterValues(reader: Reader, name: string | undefined) {
  if (!name) return { weight: null, grad: null, change: null };
  const updating = reader.step?.phase === "update";
  return {
    weight: present(reader, reader.current(name)),
    grad: present(reader, `${name}.grad`),
    change: updating ? present(reader, `${name}.update`) : null,
  };
}

/** A frame holds neither updates nor what comes after them: those are the trace's, if it is the cursor's. */
function present(reader: Reader, name: string): Value | null {
  if (!reader.isKnown(name)) return null;
  return reader.weights(name) ?? (reader.settled ? reader.value(name) : null);
}

function bundleScene(reader: Reader, weight: string, from: Column, last: RunLayer | undefined): BundleScene {
  if (!weight) {
    const flowed = last !== undefined && reader.isKnown(`${last.a}.grad`);
    return { weight: null, grad: null, change: null, flowed, shows: "weight" };
  }
  const values = parameterValues(reader, weight);
  const flowed = values.grad !== null || reader.isKnown(`${from.value}.grad`);
  const output = reader.playing ? "" : (reader.step?.output ?? "");
  const about = subject(output) === weight;
  const shows = !about
    ? "weight"
    : output.endsWith(".update")
      ? "change"
      : output.endsWith(".grad")
        ? "grad"
        : "weight";
  return { ...values, flowed, shows };
}

function readLoss(reader: Reader): number | null {
  if (!reader.isKnown("loss")) return null;
  const number = reader.playing ? reader.frame?.number("loss") : reader.value("loss")?.data[0];
  return number ?? null;
}

function phaseAt(step: ProgramStep | null, column: string): Phase | null {
  if (!step) return null;
  return step.layer === column || (step.layer === "batch" && column === "input") ? step.phase : null;
}

/** Where a cell of any value is to be seen: a gradient and a slot on their parameter, z and a on their unit. */
export function targetOf(cell: Cell | null, layout: Layout): Target | null {
  if (!cell) return null;
  const name = subject(cell.value);
  const index = cell.index;
  if (name === "loss" || name === "target") return { kind: "loss" };
  const bundle = layout.bundles.findIndex((b) => b.weight === name);
  if (bundle >= 0) return { kind: "edge", bundle, j: index[0] ?? null, k: index[1] ?? null };
  const layer = name.slice(0, name.lastIndexOf("."));
  const column = layout.columns.findIndex((c) => c.value === name || (layer !== "" && c.name === layer));
  if (column < 0) return null;
  const unit = name.endsWith(".bias") ? index[0] : index.at(-1);
  return { kind: name.endsWith(".bias") ? "bias" : "unit", column, unit: unit ?? null };
}

/**
 * The cell that a part of the picture means. Pointing at an edge means its weight; pinning it asks how its gradient
 * came about. Pinning a unit asks for δ once the backward pass is under way, else for its activation.
 */
export function cellOf(
  reader: Reader & { cellOf(value: string, unit: number): Cell },
  layout: Layout,
  target: Target,
  purpose: "point" | "pin",
): Cell {
  const grad = purpose === "pin" ? ".grad" : "";
  if (target.kind === "loss") return { value: "loss", index: [] };
  if (target.kind === "edge") {
    const { weight } = layout.bundles[target.bundle]!;
    return {
      value: weight + grad,
      index: target.j === null || target.k === null ? [] : [target.j, target.k],
    };
  }
  const column = layout.columns[target.column]!;
  const unit = target.unit ?? 0;
  if (target.kind === "bias") return { value: `${column.name}.bias${grad}`, index: [unit] };
  const delta = `${column.name}.z.grad`;
  const late = reader.step?.phase === "backward" || reader.step?.phase === "update";
  const known = purpose === "pin" && late && target.column > 0 && reader.isKnown(delta);
  return reader.cellOf(known ? delta : column.value, unit);
}
