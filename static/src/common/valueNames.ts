import type { Program, ValueName } from "../api/types";

/** Taken apart, the names of values come with the program; here they are written, and nowhere else. */
export type Names = Program["names"];

export const gradientOf = (value: string): string => `${value}.grad`;
export const updateOf = (parameter: string): string => `${parameter}.update`;
export const nextOf = (value: string): string => `${value}.next`;
/** What the table of updates calls `column`, as the value that it is of one parameter: a ratio is of its update. */
export const columnOf = (parameter: string, column: string): string =>
  column === "before" ? parameter : column === "ratio" ? updateOf(parameter) : `${parameter}.${column}`;
/** What the update makes, in this iteration or before: `exp_avg.next` is `exp_avg`. */
export const madeOf = (column: string): string => column.replace(/\.next$/, "");
export const feedbackOf = (value: string): string => `${value}.feedback`;
/** A layer's value by its own name: `dense1.z`, `lstm1.h` with a moment `lstm1.h3`. */
export const ownValue = (layer: string, key: string, moment?: number): string =>
  `${layer}.${key}${moment ?? ""}`;

/** One of several contributions to a gradient, counted from one. */
export const partOf = (value: string, part: number): string => `${gradientOf(value)}.${part}`;

/** What a value is called; one that the program does not have stands for itself. */
export const nameOf = (names: Names, value: string): ValueName =>
  names[value] ?? { ...PLAIN, subject: value, key: value };
const PLAIN = { layer: "", moment: null, derived: "", gradient: "", part: null, next: false } as const;

/**
 * What a value is about: a weight, its gradient, its slots and its update are one thing drawn in one place.
 * `dense1.weight.exp_avg.next` is about `dense1.weight`, `dense1.z.grad` about `dense1.z`, `loss.grad` about `loss`.
 */
export const subjectOf = (names: Names, value: string): string => nameOf(names, value).subject;

/** Whether a value is a gradient with all its contributions. */
export const isWholeGradient = (names: Names, value: string): boolean =>
  isGradient(names, value) && nameOf(names, value).part === null;

/** Whether a value is a gradient, all its contributions added up, or one of them. */
export const isGradient = (names: Names, value: string): boolean => nameOf(names, value).gradient === "grad";
