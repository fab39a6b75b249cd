/** Features that a first layer can take instead of the raw inputs, by the names that the server gives them. */

const PLANE = ["x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"];

const rawInputs = (inputs: number) => Array.from({ length: inputs }, (_, k) => `x${k + 1}`);
const sameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((x, i) => x === b[i]);

/** What is offered one by one: for two inputs only. */
export const featureChoices = (inputs: number): readonly string[] => (inputs === 2 ? PLANE : []);

/** The features in use; without any, the inputs as they are. */
export const featuresOf = (given: unknown, inputs: number): string[] =>
  Array.isArray(given) && given.length ? given.map(String) : rawInputs(inputs);

/** As a config says it: nothing where they are the inputs as they are. */
export const asGiven = (features: readonly string[], inputs: number): string[] =>
  sameList(features, rawInputs(inputs)) ? [] : [...features];

/** One feature more or less, in the order in which they are offered. */
export function toggled(features: readonly string[], name: string): string[] {
  if (features.includes(name)) return features.filter((other) => other !== name);
  const rank = (feature: string) => (PLANE.includes(feature) ? PLANE.indexOf(feature) : PLANE.length);
  return [...features, name].sort((a, b) => rank(a) - rank(b));
}

/** Powers of one input up to this one. */
export const polynomial = (degree: number): string[] =>
  Array.from({ length: degree }, (_, k) => (k === 0 ? "x1" : `x1^${k + 1}`));

/** The degree of a polynomial of one input; null for other features. */
export const degreeOf = (features: readonly string[]): number | null =>
  sameList(features, polynomial(features.length)) ? features.length : null;

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const LOWERED = "₀₁₂₃₄₅₆₇₈₉";
const digits = (text: string, among: string) => [...text].map((digit) => among[Number(digit)]).join("");

/** `x1^2` as one writes it: x₁². */
export const featureTitle = (name: string): string =>
  name
    .replace(/\^(\d+)/g, (_, power: string) => digits(power, RAISED))
    .replace(/x(\d+)/g, (_, input: string) => `x${digits(input, LOWERED)}`)
    .replace(/(sin|cos)\((.*?)\)/g, "$1 $2")
    .replaceAll("*", " ");
