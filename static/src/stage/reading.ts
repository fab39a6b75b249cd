import type { Cell, Stage, StagePart, StageSum } from "../api/types";
import { reachOf } from "../common/colour";
import { format } from "../common/format";
import { gradientOf, type Names, subjectOf } from "../common/valueNames";

/** What a picture is read from: a layer's numbers, as far as the cursor has come. */
export interface Looked {
  readonly names: Names;
  isKnown(value: string): boolean;
}

/** The parts of a stage by their roles; what has not been computed yet at the cursor is not there. */
export class Reading {
  readonly stage: Stage;
  readonly #looked: Looked;
  readonly #parts: Map<string, StagePart>;
  readonly #sums: Map<string, StageSum>;

  constructor(stage: Stage, looked: Looked) {
    this.stage = stage;
    this.#looked = looked;
    this.#parts = new Map(stage.parts.map((part) => [part.role, part]));
    this.#sums = new Map(stage.sums.map((sum) => [sum.role, sum]));
  }

  /** A part, whether or not it has been computed yet. */
  part(role: string): StagePart | null {
    return this.#parts.get(role) ?? null;
  }

  has(role: string): boolean {
    return this.numbers(role) !== null;
  }

  numbers(role: string): ArrayLike<number> | null {
    const part = this.#parts.get(role);
    return part?.needs.every((value) => this.#looked.isKnown(value)) ? part.numbers.data : null;
  }

  shape(role: string): readonly number[] {
    return this.#parts.get(role)?.numbers.shape ?? [];
  }

  /** The only number of a part, or one of a row of them. */
  number(role: string, at = 0): number | null {
    return this.numbers(role)?.[at] ?? null;
  }

  sum(role: string): StageSum | null {
    const sum = this.#sums.get(role);
    return sum?.needs.every((value) => this.#looked.isKnown(value)) ? sum : null;
  }

  /** Where in a part a cell lies, in whatever role it is pointed at: a weight for its gradient; null if it does not. */
  placeOf(role: string, cell: Cell | null): number[] | null {
    const part = this.#parts.get(role);
    const { names } = this.#looked;
    if (!part?.value || !cell || subjectOf(names, part.value) !== subjectOf(names, cell.value)) return null;
    if (cell.index.length !== part.index.length) return null;
    const inside = part.index.every((fixed, axis) => fixed === null || fixed === cell.index[axis]);
    return inside ? cell.index.filter((_, axis) => part.index[axis] === null) : null;
  }

  /** The cell at a place of a part: of the gradient in its stead once that is there. */
  cellAt(role: string, place: readonly number[], wants: "itself" | "gradient" = "itself"): Cell | null {
    const part = this.#parts.get(role);
    if (!part?.value) return null;
    let axis = 0;
    const index = part.index.map((fixed) => fixed ?? place[axis++]!);
    const gradient = gradientOf(part.value);
    const named = wants === "gradient" && gradient in names(this.#looked) && this.#looked.isKnown(gradient);
    return { value: named ? gradient : part.value, index };
  }
}

const names = ({ names: known }: Looked): Names => known;

/** A number that is added to another: one sign, not two. */
export const addend = (number: number, digits?: number): string =>
  `${number < 0 ? "−" : "+"} ${format(Math.abs(number), digits)}`;

/** A factor of a product that is written out: in brackets where it has a sign of its own. */
export const factor = (number: number): string => (number < 0 ? `(${format(number, 3)})` : format(number, 3));

/** Black or white, whichever is read better on a colour. */
export function inkOn([r, g, b]: readonly [number, number, number]): string {
  const [x, y, z] = [r, g, b].map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * x + 0.7152 * y + 0.0722 * z > 0.179 ? "#000000" : "#ffffff";
}

/** A power of ten that a row of numbers is written in, so that each takes few places: 0 where they need none. */
export function powerOf(numbers: ArrayLike<number>): number {
  const reach = reachOf(numbers);
  if (reach === 0) return 0;
  const power = Math.floor(Math.log10(reach));
  return power >= -1 && power <= 2 ? 0 : power;
}
