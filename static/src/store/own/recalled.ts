import type { Asked, RuleAsked, Source } from "./asked";
import { type Drawn, LETTERS, REACH } from "./points";

/** What the dialog of own data has to hold to make the data of a run again. */
export interface Recalled {
  source: Source;
  title: string;
  text: string;
  asked: Partial<Asked>;
  points: Drawn[];
  rule: RuleAsked | null;
}
export const POINTS = "drawn points";
const SHIFTED = "own data";

interface Inline {
  inputs: number[][];
  targets: (number | number[])[];
  names: string[];
  classes: string[];
  target: string;
  title: string;
  data: { [key: string]: unknown };
}

/** The table, points or rule that a run's own data came from; null for data of another kind. */
export function recalled(data: unknown): Recalled | null {
  const found = inline(data);
  if (!found) return null;
  const { title, target } = found;
  const points = pointsOf(found);
  if (points) return { source: "points", title, text: textOf(found), asked: {}, points, rule: null };
  const rule = ruleOf(found);
  if (rule)
    return {
      source: "rule",
      title,
      text: textOf(found),
      asked: { target, ...split(found) },
      points: [],
      rule,
    };
  return { source: "table", title, text: textOf(found), asked: askedOf(found), points: [], rule: null };
}

function inline(data: unknown): Inline | null {
  const given = data as { [key: string]: unknown } | null;
  if (!given || !Array.isArray(given.inputs) || !Array.isArray(given.targets) || !given.inputs.length)
    return null;
  const [inputs, targets] = [given.inputs as number[][], given.targets as (number | number[])[]];
  if (!Array.isArray(inputs[0]) || targets.some((row) => Array.isArray(row) && row.length !== 1)) return null;
  const strings = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const names = strings(given.feature_names);
  return {
    inputs,
    targets,
    names: names.length ? names : inputs[0].map((_, i) => `x${i + 1}`),
    classes: strings(given.class_names),
    target: String(given.target_name || "target"),
    title: String(given.title || SHIFTED),
    data: given,
  };
}

/** Digits that a number keeps when its scaling is undone: the last ones are rounding. */
const DIGITS = 12;
function labelOf(row: number | number[], { classes, data }: Inline): string {
  const value = Array.isArray(row) ? row[0]! : row;
  const [mean, deviation] = Array.isArray(data.target_scale) ? (data.target_scale as number[]) : [];
  if (mean === undefined || !deviation) return classes[value] ?? String(value);
  return String(Number((value * deviation + mean).toPrecision(DIGITS)));
}
const cell = (text: string) => (/[",\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const textOf = (found: Inline) =>
  [
    [...found.names, found.target],
    ...found.inputs.map((row, i) => [...row.map(String), labelOf(found.targets[i]!, found)]),
  ]
    .map((row) => row.map(cell).join(","))
    .join("\n");

const split = ({ data }: Inline): Partial<Asked> => ({
  test_percent: Math.round(100 * Number(data.test_fraction ?? 0.3)),
  scaling: data.standardize || data.target_scale ? "standardize" : "none",
});

function askedOf(found: Inline): Partial<Asked> {
  const { names, classes, target, data } = found;
  const [, height, width] = Array.isArray(data.image) ? (data.image as number[]) : [];
  return {
    ...split(found),
    target,
    column: names,
    number: classes.length ? names : [...names, target],
    category: classes.length ? [target] : [],
    separator: "comma",
    decimal: "point",
    header: true,
    image: height && width ? `${height}x${width}` : "",
  };
}

function pointsOf(found: Inline): Drawn[] | null {
  const { inputs, targets, names, title } = found;
  if (title !== POINTS || names.length !== 2) return null;
  const points = inputs.map(([x = 0, y = 0], i) => ({
    x,
    y,
    label: (LETTERS as readonly string[]).indexOf(labelOf(targets[i]!, found)),
  }));
  const there = ({ x, y, label }: Drawn) => label >= 0 && Math.abs(x) <= REACH && Math.abs(y) <= REACH;
  return points.every(there) ? points : null;
}

/** What a run that is drawn by a rule is called: the rule, and its noise where it has some. */
export const ruleTitle = ({ rule, noise }: RuleAsked) => (noise ? `${rule}, noise ${noise}` : rule);
const NOISY = /^(.+), noise (\d[\d.e+-]*)$/s;

/** A run keeps a rule as its title; where it was drawn from and to is seen in the points only. */
function ruleOf({ inputs, names, title, target }: Inline): RuleAsked | null {
  const [, rule = title, noise = "0"] = NOISY.exec(title) ?? [];
  const drawn =
    target === "rule"
      ? /[<>]/.test(rule)
      : rule.includes(`${target} =`) || (target === "value" && /[-+*/(]/.test(rule));
  if (!drawn || !names.every((name) => rule.includes(name))) return null;
  const all = inputs.flat();
  const [low, high] = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
  return { rule, rows: inputs.length, low, high, noise: Number(noise) };
}
