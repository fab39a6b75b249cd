import type { Cell, Program, Run, RunLayer, ValueName } from "../api/types";
import { inputName, originWords, termName, tokenName, unitWords } from "../common/unitWords";
import { gradientOf, ownValue, updateOf } from "../common/valueNames";

/** What can be asked about one thing in the network, each a value with cells of its own. */
export interface Role {
  value: string;
  title: string;
}

/** A parameter, its gradient, how it changes; a unit's z and a and their gradients. */
export function rolesOf(name: ValueName, has: (value: string) => boolean): Role[] {
  const roles = isOfUnit(name) ? unitRoles(name) : valueRoles(name);
  return roles.filter((role) => has(role.value));
}

const isOfUnit = ({ layer, key, moment }: ValueName) =>
  layer !== "" && !moment && (key === "z" || key === "a");

const LETTERS: { [key: string]: string } = { weight: "w", bias: "b" };

const valueRoles = ({ subject, layer, key }: ValueName): Role[] => [
  { value: subject, title: (layer && LETTERS[key]) || "value" },
  { value: gradientOf(subject), title: "gradient" },
  { value: updateOf(subject), title: "update" },
];

function unitRoles({ layer }: ValueName): Role[] {
  const [z, a] = [ownValue(layer, "z"), ownValue(layer, "a")];
  return [
    { value: z, title: "z" },
    { value: a, title: "a" },
    { value: gradientOf(a), title: "∂L/∂a" },
    { value: gradientOf(z), title: "δ = ∂L/∂z" },
  ];
}

/** Where a cell is, in words: "dense 2, from unit 3 to unit 2", "dense 2 unit 2, sample 4 of the batch". */
export function placeOf(run: Run, name: ValueName, index: readonly number[]): string {
  const { subject } = name;
  if (run.kind === "expression") return wordsOf(run, name);
  const layer = run.layers.find((l) => l.name === name.layer);
  if (layer && run.parameters.some((p) => p.name === subject) && !(name.key in LETTERS))
    return `${layer.title}, ${name.key.replaceAll("_", " ")}${parameterCell(run, layer, name.key, index)}`;
  if (layer && name.key === "weights" && index.length === 4) return lookIn(layer, index);
  if (layer) return placeIn(run, layer, roleOf(name), index, name.moment?.number);
  if (subject === "x" && index.length === 2) return `${inputName(run, index[1]!)}${sampleOf(index)}`;
  if (name.layer === "features" && index.length === 2)
    return `feature ${termName(run, index[1]!)}${sampleOf(index)}`;
  if (subject === "target") return `target${sampleOf(index)}`;
  return subject === "loss" ? "loss of the batch" : plain(name);
}

/** Of a recurrent layer's matrix where from and where to; of anything else its places. */
function parameterCell(
  run: Run,
  layer: RunLayer,
  key: string,
  [first = 0, second]: readonly number[],
): string {
  if (second === undefined) return ` of unit ${first + 1}`;
  const from = key.endsWith("_hh") ? `state ${second + 1}` : originWords(run, layer, second);
  return ` from ${from} to unit ${first + 1}`;
}

/** A weight of attention: who looks at whom. */
const lookIn = ({ title }: RunLayer, [sample, head, to, from]: readonly number[]) =>
  `${title}, head ${head! + 1}: position ${to! + 1} looks at ${from! + 1}, sample ${sample! + 1} of the batch`;

const plain = ({ layer, key }: ValueName) => `${layer} ${key}`.replaceAll("_", " ").trim();
const roleOf = ({ key, moment }: ValueName) => `${key}${moment?.number ?? ""}`;

/** What a value of an expression is: "input a, trained", "value v1", "loss L". */
function wordsOf({ parameters, loss }: Run, name: ValueName): string {
  const { subject, layer } = name;
  const input = parameters.find(({ name }) => name === subject);
  if (input) return `input ${subject}, ${input.trainable ? "trained" : "fixed"}`;
  if (subject === "loss") return `loss ${loss.title}`;
  return layer ? plain(name) : `value ${subject}`;
}

function placeIn(run: Run, layer: RunLayer, role: string, index: readonly number[], time?: number): string {
  const [first, second] = index;
  const { title, shape } = layer;
  if (first === undefined) return title;
  const images = shape.length === 3;
  if (role === "bias")
    return `${title}, bias of ${images ? `channel ${first + 1}` : unitWords(run, layer, first)}`;
  if (role === "weight" && index.length === 1)
    return `${title}, scale of ${images ? "channel" : "unit"} ${first + 1}`;
  if (role === "weight" && index.length === 4)
    return `${title}, kernel from channel ${second! + 1} to channel ${first + 1}, ${pixel(index.slice(2))}`;
  const { table } = layer.picture;
  if (role === "weight" && table)
    return `${title}, ${table === "tokens" ? `token ${tokenName(run.tokens, first)}` : `position ${first + 1}`}, unit ${second! + 1}`;
  if (role === "weight")
    return `${title}, from ${originWords(run, layer, second ?? 0)} to ${unitWords(run, layer, first)}`;
  if (time !== undefined && index.length === 2)
    return `${title} time ${time}, unit ${second! + 1}${sampleOf(index)}`;
  if (index.length !== shape.length + 1)
    return `${title}, ${role.replaceAll("_", " ")} ${index.map((i) => i + 1).join(", ")}`;
  return `${title} ${cellIn(run, layer, index.slice(1))}${sampleOf(index)}`;
}

const pixel = ([row = 0, column = 0]: readonly number[]) => `row ${row + 1}, column ${column + 1}`;

/** A unit, a unit at a position of a sequence, or a pixel of a channel. */
function cellIn(run: Run, layer: RunLayer, place: readonly number[]): string {
  const [first = 0, second = 0] = place;
  if (place.length === 3) return `channel ${first + 1}, ${pixel(place.slice(1))}`;
  return place.length === 2
    ? `position ${first + 1}, ${unitWords(run, layer, second)}`
    : unitWords(run, layer, first);
}

/** The same of all samples of the batch, where what they bring is added up. */
export const overBatch = (place: string): string =>
  place.replace(/, sample \d+ of the batch$/, ", over the batch");

const sampleOf = (index: readonly number[]) => (index.length ? `, sample ${index[0]! + 1} of the batch` : "");

/** Name of a cell in code, with Python's own indices: `dW2[2, 1]`. */
export function cellCode(symbols: Program["symbols"], { value, index }: Cell): string {
  const name = symbols[value]?.code ?? value;
  return index.length ? `${name}[${index.join(", ")}]` : name;
}
