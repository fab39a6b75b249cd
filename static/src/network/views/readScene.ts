import type { ActivationEntry, Cell, Phase, ProgramStep, Run, Value, ValueName } from "../../api/types";
import { gradientOf, isGradient, type Names, nameOf, subjectOf, updateOf } from "../../common/valueNames";
import { offset, unravel } from "../../store/cells";
import type { Target } from "../layout/target";
import type { Bundle, Column, Layout } from "../layout/types";
import { scaleOf } from "../paint/scales";
import type { BundleScene, ColumnScene, Scene, Statistic } from "../paint/scene";

type Numbers = ArrayLike<number>;

/** What the picture needs to know: the store, or a stand-in. */
export interface Reader {
  readonly run: Run | null;
  readonly catalog: { activations: ActivationEntry[] } | null;
  readonly names: Names;
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
  const { step } = reader;
  return {
    columns: layout.columns.map((column) => columnScene(reader, column, layout)),
    bundles: layout.bundles.map((bundle) => bundleScene(reader, bundle)),
    loss: readLoss(reader),
    phase: step?.phase ?? null,
    output: step?.output ?? "",
  };
}

type Role = (value: string) => string;
const itself: Role = (value) => value;

function columnScene(reader: Reader, column: Column, layout: Layout): ColumnScene {
  const { run } = reader;
  const { node, value, kind, bias } = column;
  const { layer, z } = node;
  const known = (name: string) => (reader.isKnown(name) ? reader.units(name) : null);
  const activation = reader.catalog?.activations.find((a) => a.name === layer?.activation);
  const recurrent = node.moments.length > 0;
  const own = (of: Role) => (recurrent ? momentNumbers(reader, column, of) : known(of(value)));
  const arriving = column.index > 0 && kind !== "loss" ? own(gradientOf) : null;
  const delta = z ? known(gradientOf(z)) : arriving;
  return {
    phase: phaseAt(reader.step, column.name),
    values: kind === "loss" ? null : own(itself),
    z: z ? known(z) : null,
    arriving,
    delta,
    through: z ? delta : passedOn(reader, column, layout),
    ...parameterScene(reader, bias, (found) => found?.data ?? null),
    mask: innerNumbers(reader, column, "mask"),
    statistics: statisticsOf(reader, column),
    looks: node.looks ? known(node.looks.value) : null,
    maps: kind === "units" ? (reader.frame?.get(`maps/${value}`) ?? null) : null,
    scale: scaleOf(
      activation,
      layer === run?.layers.at(-1) && column.units === 1 && run?.task === "classification",
    ),
  };
}

/** What a layer without a sum lets through, unit by unit: all of its input's gradient, if it alone takes that. */
function passedOn(reader: Reader, { node }: Column, { bundles }: Layout): Numbers | null {
  const [input = ""] = node.inputs;
  const alone = bundles.filter(({ from }) => from.value === input).length === 1;
  if (!node.picture.gate || !alone || !reader.isKnown(gradientOf(input))) return null;
  return reader.units(gradientOf(input));
}

function innerNumbers(reader: Reader, { node }: Column, key: string): Numbers | null {
  const inner = node.inner.find((found) => found.key === key);
  return inner && reader.isKnown(inner.value) ? reader.units(inner.value) : null;
}

const STATISTICS: { [key: string]: string } = {
  mean: "mean",
  variance: "variance",
  mean_square: "mean square",
  normalized: "normalized",
};

/** Statistics over the batch have no row for each sample: they are read as they are. */
function statisticsOf(reader: Reader, { node }: Column): Statistic[] {
  const found = node.inner.filter(({ key, value }) => key in STATISTICS && reader.isKnown(value));
  return found.flatMap(({ key, value }) => {
    const ofBatch = node.picture.norm === "batch" && key !== "normalized";
    const whole = reader.playing || !reader.settled ? null : (reader.value(value)?.data ?? null);
    const numbers = ofBatch ? whole : reader.units(value);
    return numbers ? [{ title: STATISTICS[key]!, value, numbers }] : [];
  });
}

/** The states of a recurrent layer as far as it has come, moment after moment; NaN for those still to come. */
function momentNumbers(reader: Reader, { node, units, shape }: Column, of: Role): Numbers | null {
  const each = shape[1] ?? 0;
  const found = node.moments.map((value) => {
    return reader.isKnown(of(value)) ? reader.units(of(value)) : null;
  });
  if (found.every((numbers) => numbers === null)) return null;
  const all = new Float64Array(units).fill(Number.NaN);
  found.forEach((numbers, t) => {
    if (numbers) all.set(Array.from(numbers), t * each);
  });
  return all;
}

function parameterScene(reader: Reader, name: string, cut: (value: Value | null) => Numbers | null) {
  const { weight, grad, change } = parameterValues(reader, name);
  return { bias: cut(weight), biasGrad: cut(grad), biasChange: cut(change) };
}

/** A parameter as it is at the cursor, its gradient, and in the update phase how it changes. */
function parameterValues(reader: Reader, name: string) {
  if (!name) return { weight: null, grad: null, change: null };
  const updating = reader.step?.phase === "update";
  return {
    weight: present(reader, reader.current(name)),
    grad: present(reader, gradientOf(name)),
    change: updating ? present(reader, updateOf(name)) : null,
  };
}

/** A frame holds neither updates nor what comes after them: those are the trace's, if it is the cursor's. */
function present(reader: Reader, name: string): Value | null {
  if (!reader.isKnown(name)) return null;
  return reader.weights(name) ?? (reader.settled ? reader.value(name) : null);
}

function bundleScene(reader: Reader, { weight, back, part, from, kind }: Bundle): BundleScene {
  const values = parameterValues(reader, weight);
  const flowed = back !== "" && reader.isKnown(back);
  const output = reader.playing ? "" : (reader.step?.output ?? "");
  const own = weight !== "" && subjectOf(reader.names, output) === weight;
  return {
    ...values,
    part: part && part !== gradientOf(weight) ? present(reader, part) : null,
    partName: part,
    arrived: reader.isKnown(from.value),
    flowed: flowed || values.grad !== null,
    ride: flowed && (!weight || kind === "link") ? reader.units(back) : null,
    back,
    shows: own ? shownIn(reader.names, output) : "weight",
  };
}

/** Of a weight's values the one that a step has just written; of others, the weight. */
function shownIn(names: Names, output: string): BundleScene["shows"] {
  const { derived, next, part } = nameOf(names, output);
  if (isGradient(names, output)) return part === null ? "grad" : "weight";
  return derived === "update" && !next ? "change" : "weight";
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
export function targetOf(cell: Cell | null, names: Names, layout: Layout): Target | null {
  if (!cell) return null;
  const about = nameOf(names, cell.value);
  const { subject: name, layer } = about;
  const { index } = cell;
  if (name === "loss" || name === "target") return { kind: "loss" };
  const way = layout.bundles.find((b) => b.kind === "skip" && b.back === cell.value);
  if (way && index.length === 0) return { kind: "way", bundle: way.index };
  const bundle = layout.bundles.find((b) => b.weight === name);
  if (bundle) return edgeTarget(bundle, index);
  const biased = layout.columns.find((c) => c.bias === name);
  if (biased) return { kind: "bias", column: biased.index, bias: name, unit: index[0] ?? null };
  const looked = layout.columns.find((c) => c.node.looks?.value === name);
  if (looked) return { kind: "look", column: looked.index, unit: lookOf(looked, index) };
  const column = layout.columns.find((c) => c.value === name || (layer !== "" && c.name === layer));
  return column ? { kind: "unit", column: column.index, unit: unitOf(column, about, index) } : null;
}

function lookOf({ node }: Column, index: readonly number[]): number | null {
  const { heads, rows, columns, several } = node.looks!;
  if (index.length < 3) return null;
  return offset([heads, rows, columns], several ? index.slice(1) : [0, ...index.slice(1)]);
}

function edgeTarget({ index: bundle, weight, shape }: Bundle, [j, ...rest]: readonly number[]): Target {
  const k = j === undefined ? null : offset(shape.slice(1), rest);
  return { kind: "edge", bundle, weight, j: j ?? null, k };
}

/**
 * A cell of a value that is shaped like the column's; of any other, all of the column, or the unit with its number. What
 * a recurrent layer computes at a moment has as many units for each of its gates.
 */
function unitOf(
  { shape, ys, grid, node }: Column,
  { moment }: ValueName,
  index: readonly number[],
): number | null {
  if (node.moments.length && moment?.number && moment.piece === null && index.length === 2)
    return (moment.number - 1) * shape[1]! + (index[1]! % shape[1]!);
  if (node.type === "tokens" && index.length === 2) return index[1]!;
  if (index.length === shape.length + 1) return offset(shape, index.slice(1));
  const [only] = index;
  return index.length === 1 && !grid && only! < ys.length ? only! : null;
}

/**
 * The cell that a part of the picture means. Pointing at an edge means its weight; pinning it asks how its gradient
 * came about. Pinning a unit asks for δ once the backward pass is under way, else for its activation.
 */
export function cellOf(reader: Placed, layout: Layout, target: Target, purpose: "point" | "pin"): Cell {
  const of = purpose === "pin" ? gradientOf : itself;
  if (target.kind === "loss") return { value: "loss", index: [] };
  if (target.kind === "way") return { value: layout.bundles[target.bundle]!.back, index: [] };
  if (target.kind === "edge") {
    const { shape, weight } = layout.bundles[target.bundle]!;
    return { value: of(weight), index: weightIndex(shape, target.j, target.k) };
  }
  const column = layout.columns[target.column]!;
  const unit = target.unit ?? 0;
  if (target.kind === "look") return lookCell(reader, column, unit);
  if (target.kind === "bias") return { value: of(column.bias), index: [unit] };
  return unitCell(reader, column, unit, purpose);
}

type Placed = Pick<Reader, "step" | "isKnown"> & {
  cellOf(value: string, unit: number, shape: readonly number[]): Cell;
};

/** The cell of a unit; of a recurrent layer that of the moment's state, of tokens the place in the row. */
export function unitCell(reader: Placed, column: Column, unit: number, purpose: "point" | "pin"): Cell {
  const { node, shape, value } = column;
  const each = shape[1] ?? 1;
  const state = node.moments[Math.floor(unit / each)];
  const name = purpose === "pin" ? asked(reader, column, state) : (state ?? value);
  if (state) return reader.cellOf(name, unit % each, [each]);
  return reader.cellOf(name, unit, node.type === "tokens" ? shape.slice(0, 1) : shape);
}

function lookCell(reader: Placed, { node }: Column, unit: number): Cell {
  const { value, heads, rows, columns, several } = node.looks!;
  return reader.cellOf(value, unit, several ? [heads, rows, columns] : [rows, columns]);
}

/** The index of a weight in its parameter, which may have more than two axes. */
export function weightIndex(shape: readonly number[], j: number | null, k: number | null): number[] {
  if (j === null || k === null) return [];
  const rest = shape.slice(1);
  return [j, ...unravel(rest, k)];
}

/** What is asked about a unit: on the way back its gradient as soon as it is there. */
function asked(reader: Placed, { index, value, node }: Column, state?: string): string {
  const delta = gradientOf(state ?? node.z ?? value);
  const late = reader.step?.phase === "backward" || reader.step?.phase === "update";
  return late && index > 0 && reader.isKnown(delta) ? delta : (state ?? value);
}
