import type { Run, RunLayer } from "../api/types";

/** What can be asked about one thing in the network, each a value with cells of its own. */
export interface Role {
  value: string;
  title: string;
}

/** A parameter, its gradient, how it changes; a unit's z and a and their gradients. */
export function rolesOf(subject: string, has: (value: string) => boolean): Role[] {
  const roles = /\.(weight|bias)$/.test(subject)
    ? [
        { value: subject, title: subject.endsWith("weight") ? "w" : "b" },
        { value: `${subject}.grad`, title: "gradient" },
        { value: `${subject}.update`, title: "update" },
      ]
    : unitRoles(subject);
  return roles.filter((role) => has(role.value));
}

function unitRoles(subject: string): Role[] {
  const layer = subject.replace(/\.[za]$/, "");
  if (layer === subject)
    return [
      { value: subject, title: "value" },
      { value: `${subject}.grad`, title: "gradient" },
      { value: `${subject}.update`, title: "update" },
    ];
  return [
    { value: `${layer}.z`, title: "z" },
    { value: `${layer}.a`, title: "a" },
    { value: `${layer}.a.grad`, title: "∂L/∂a" },
    { value: `${layer}.z.grad`, title: "δ = ∂L/∂z" },
  ];
}

/** Where a cell is, in words: "dense 2, from unit 3 to unit 2", "dense 2 unit 2, sample 4 of the batch". */
export function placeOf(run: Run, subject: string, index: readonly number[]): string {
  if (run.kind === "expression") return nameOf(run, subject);
  const [name, role] = subject.split(".");
  const layer = run.layers.find((l) => l.name === name);
  if (layer && role) return placeIn(run, layer, role, index);
  if (subject === "x" && index.length === 2) return `${run.features[index[1]!]}${sampleOf(index)}`;
  if (subject === "target") return `target${sampleOf(index)}`;
  return subject === "loss" ? "loss of the batch" : subject.replaceAll(/[._]/g, " ");
}

/** What a value of an expression is: "input a, trained", "value v1", "loss L". */
function nameOf({ parameters, loss }: Run, subject: string): string {
  const input = parameters.find(({ name }) => name === subject);
  if (input) return `input ${subject}, ${input.trainable ? "trained" : "fixed"}`;
  if (subject === "loss") return `loss ${loss.title}`;
  return subject.includes(".") ? subject.replaceAll(/[._]/g, " ") : `value ${subject}`;
}

function placeIn(run: Run, layer: RunLayer, role: string, index: readonly number[]): string {
  const [first, second] = index;
  const { title, shape } = layer;
  if (first === undefined) return title;
  const images = shape.length === 3;
  if (role === "bias") return `${title}, bias of ${images ? "channel" : "unit"} ${first + 1}`;
  if (role === "weight" && index.length === 1)
    return `${title}, scale of ${images ? "channel" : "unit"} ${first + 1}`;
  if (role === "weight" && index.length === 4)
    return `${title}, kernel from channel ${second! + 1} to channel ${first + 1}, ${pixel(index.slice(2))}`;
  if (role === "weight") return `${title}, from ${origin(run, layer, second ?? 0)} to unit ${first + 1}`;
  if (index.length !== shape.length + 1)
    return `${title}, ${role.replaceAll("_", " ")} ${index.map((i) => i + 1).join(", ")}`;
  return `${title} ${cellIn(index.slice(1))}${sampleOf(index)}`;
}

const pixel = ([row = 0, column = 0]: readonly number[]) => `row ${row + 1}, column ${column + 1}`;

/** A unit, a unit at a position of a sequence, or a pixel of a channel. */
function cellIn(place: readonly number[]): string {
  const [first = 0, second = 0] = place;
  if (place.length === 3) return `channel ${first + 1}, ${pixel(place.slice(1))}`;
  return place.length === 2 ? `position ${first + 1}, unit ${second + 1}` : `unit ${first + 1}`;
}

const sampleOf = (index: readonly number[]) => (index.length ? `, sample ${index[0]! + 1} of the batch` : "");

/** Weights of the first layer come from inputs, which have names. */
const origin = (run: Run, layer: RunLayer, k: number) =>
  layer.input === "x" ? (run.features[k] ?? `input ${k + 1}`) : `unit ${k + 1}`;
