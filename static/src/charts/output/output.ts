import type { Boundary, Run, Value } from "../../api/types";

/** The model's outputs over a grid of one or two inputs, whichever way the numbers lie. */
export interface Field {
  resolution: number;
  units: number;
  data: Value["data"];
  /** Numbers from one grid point to the next, and from one unit to the next. */
  perCell: number;
  perUnit: number;
}

/** Of a frame: (units, R, R) or (units, R). */
export function frameField({ shape, data }: Value): Field {
  const [units = 1, resolution = 0] = shape;
  return { resolution, units, data, perCell: 1, perUnit: data.length / (units || 1) };
}

/** Of a boundary: (R, R, K) or (R, K). */
export function boundaryField({ resolution, y, outputs }: Boundary): Field {
  const units = outputs.data.length / (y ? resolution * resolution : resolution);
  return { resolution, units, data: outputs.data, perCell: units, perUnit: 1 };
}

export const outputAt = (field: Field, cell: number, unit: number): number =>
  field.data[cell * field.perCell + unit * field.perUnit] ?? Number.NaN;

/**
 * How outputs are read as colour: one output by how far it lies from `centre`, two classes by the difference of their
 * outputs, more by which one leads. Logits have no end, so they are squashed.
 */
export type Reading =
  | { kind: "one"; unit: number; centre: number; scale: number; logits: boolean }
  | { kind: "pair"; logits: boolean }
  | { kind: "classes"; logits: boolean };

const LOGITS = ["bce_with_logits", "cross_entropy", "focal"];

/** The reading of a run's outputs; a single output of two classes lies between the numbers that stand for them. */
export function readingOf(run: Run, targets: Value | null, unit = 0): Reading {
  const units = run.layers.at(-1)?.units ?? 1;
  const logits = LOGITS.includes(run.loss.name);
  if (run.task === "classification" && units > 1) return { kind: units === 2 ? "pair" : "classes", logits };
  const [low, high] = extent(targets?.data ?? []);
  if (run.task === "regression")
    return { kind: "one", unit, centre: 0, scale: Math.max(-low, high) || 1, logits: false };
  const coded = !logits && high > low;
  return {
    kind: "one",
    unit: 0,
    centre: coded ? (low + high) / 2 : 0,
    scale: coded ? (high - low) / 2 : 1,
    logits,
  };
}

/** Least and greatest of the finite numbers; -1 and 1 where there are none. */
export function extent(numbers: Iterable<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of numbers) {
    if (!Number.isFinite(x)) continue;
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  return low <= high ? [low, high] : [-1, 1];
}

/** A difference as -1..1. */
const strength = (x: number, logits: boolean) => (logits ? Math.tanh(x / 2) : Math.max(-1, Math.min(1, x)));

/** The tone of a grid point, from -1 to 1; NaN where the output is not a number. */
export function tone(field: Field, cell: number, reading: Reading): number {
  if (reading.kind === "one")
    return strength((outputAt(field, cell, reading.unit) - reading.centre) / reading.scale, reading.logits);
  return strength(outputAt(field, cell, 1) - outputAt(field, cell, 0), reading.logits);
}

/** The class with the largest output and how clearly it leads the next, from 0 to 1. */
export function leader(field: Field, cell: number, logits: boolean): [label: number, lead: number] {
  let [best, first, second] = [0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let unit = 0; unit < field.units; unit++) {
    const x = outputAt(field, cell, unit);
    if (x > first) [best, first, second] = [unit, x, first];
    else if (x > second) second = x;
  }
  return [best, strength(first - second, logits)];
}

/** The grid point nearest to a place in the input space. */
export function nearestCell(
  field: Field,
  x: readonly number[],
  y: readonly number[] | null,
  at: readonly number[],
): number {
  const along = (axis: readonly number[], value: number) => {
    const [low, high] = [axis[0]!, axis.at(-1)!];
    const i = Math.round(((value - low) / (high - low)) * (field.resolution - 1));
    return Math.max(0, Math.min(field.resolution - 1, i));
  };
  return (y ? along(y, at[1]!) * field.resolution : 0) + along(x, at[0]!);
}
