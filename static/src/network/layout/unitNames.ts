import type { Run } from "../../api/types";
import { format, scientific, signed } from "../../common/format";
import {
  className,
  featureName,
  subscript,
  termName,
  tokenName as tokenNamed,
  unitWords,
} from "../../common/unitWords";
import type { Column } from "./types";

export { className, subscript } from "../../common/unitWords";

const isOutput = (run: Run, { node }: Column) => node.layer !== null && node.layer === run.layers.at(-1);

/** What stands beside a unit: the feature's name, h₂, ŷ or the class. */
export function unitName(run: Run, column: Column, unit: number): string {
  if (column.kind === "loss") return "L";
  if (column.index === 0) return featureName(run.features[unit] ?? "x");
  if (column.name === "features") return termName(run, unit);
  if (!isOutput(run, column)) return `h${subscript(unit + 1)}`;
  if (column.units === 1) return "ŷ";
  return className(run, unit) ?? `ŷ${subscript(unit + 1)}`;
}

/** The layer, and the unit counted from one: for those who hear it. */
export function spokenName(run: Run, column: Column, unit: number): string {
  const { title, kind, index } = column;
  if (column.node.type === "tokens") return `${title} position ${unit + 1}`;
  if (index === 0 && kind !== "sequence") return `input ${run.features[unit] ?? unit + 1}`;
  if (column.grid) return `${title} ${placeIn(column, unit)}`;
  if (column.name === "features") return `feature ${termName(run, unit)}`;
  return `${title} ${unitWords(run, column.node.layer, unit)}`;
}

/** Where a cell of an image or a sequence is. */
function placeIn({ shape, kind }: Column, unit: number): string {
  const last = shape.at(-1)!;
  if (kind === "sequence") return `position ${Math.floor(unit / last) + 1}, unit ${(unit % last) + 1}`;
  const rows = shape.at(-2)!;
  const [map, cell] = [Math.floor(unit / (rows * last)), unit % (rows * last)];
  const channel = shape[0]! > 1 ? `channel ${map + 1}, ` : "";
  return `${channel}row ${Math.floor(cell / last) + 1}, column ${(cell % last) + 1}`;
}

/** What a token is called: by its number if it has no name. */
export const tokenName = ({ node }: Column, token: number): string => tokenNamed(node.tokens, token);

/** What a sequence shows of its numbers or classes, one at each position: the first of them. */
const MOST_CLASSES = 8;
const MOST_NUMBERS = 2;

export function sequenceText(run: Run, numbers: ArrayLike<number>): string {
  const classes = run.task === "classification";
  const most = classes ? MOST_CLASSES : MOST_NUMBERS;
  const first = Array.from(numbers).slice(0, most);
  const names = first.map((n) => (classes ? (run.classes[n] ?? String(n)) : format(n, 3)));
  const joint = names.every((name) => name.length === 1) ? "" : classes ? " " : ", ";
  return names.join(joint) + (numbers.length > most ? "…" : "");
}

/** Of so many scores at each position the largest one's place. */
export function bestOf(scores: ArrayLike<number>, each: number): number[] {
  return Array.from({ length: scores.length / each }, (_, t) => {
    const at = Array.from(scores).slice(t * each, (t + 1) * each);
    return at.indexOf(Math.max(...at));
  });
}

/** Which position looks at which. */
export function lookName({ title, looks }: Column, unit: number): string {
  const { maps, rows, columns } = looks!;
  const [head, cell] = [Math.floor(unit / (rows * columns)), unit % (rows * columns)];
  const which = maps > 1 ? ` head ${head + 1}` : "";
  return `${title}${which}: position ${Math.floor(cell / columns) + 1} looks at ${(cell % columns) + 1}`;
}

/** A gradient beside a unit: three decimals, and a power of ten where they would all be 0. */
export function deltaText(x: number): string {
  if (x === 0 || !Number.isFinite(x) || Math.abs(x) >= 5e-4) return x === 0 ? "0" : signed(x);
  return (x > 0 ? "+" : "") + scientific(x, 1);
}
