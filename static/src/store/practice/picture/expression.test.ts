import * as dagre from "@dagrejs/dagre";
import { expect, it } from "vitest";
import type { Blank, GivenNumber, Program } from "../../../api/types";
import { graphOf, isOnGraph, type Library, undrawn } from "./expression";

const step = (phase: string, output: string, ...inputs: string[]) => ({
  phase,
  output,
  inputs,
  layer: output,
});
const named = (subject: string, more: object = {}) =>
  [subject, { subject, layer: "", derived: "", gradient: "", next: false, ...more }] as const;
const program = {
  steps: [
    step("forward", "v1", "w", "x"),
    step("loss", "loss", "v1"),
    step("backward", "w.grad", "v1.grad", "x"),
  ],
  blocks: [
    { phase: "forward", layer: "v1", label: "×" },
    { phase: "loss", layer: "loss", label: "x²" },
  ],
  symbols: { loss: { code: "L" } },
  names: Object.fromEntries([
    ...["w", "x", "v1", "loss"].map((name) => named(name)),
    ["w.grad", named("w", { gradient: "grad" })[1]],
    ["v1.grad", named("v1", { gradient: "grad" })[1]],
    ["w.next", named("w", { next: true })[1]],
  ]),
} as unknown as Program;
const given = (value: string) => ({ value, index: [] }) as unknown as GivenNumber;
const asked = (value: string, label = "") =>
  ({ field: "1", form: "number", value, label, index: [] }) as unknown as Blank;
const drawing = graphOf(program, [given("v1.grad"), given("x")], [asked("w.grad")], dagre as Library);

it("an expression is a graph: a node each, what is made to the right of what it is made of", () => {
  expect(drawing.units.map(({ title, caption, asked: a }) => [title, caption, a.length])).toEqual([
    ["w", undefined, 1],
    ["x", undefined, 0],
    ["×", undefined, 0],
    ["x²", "L", 0],
  ]);
  expect(drawing.edges.every(({ from, to }) => from.x < to.x)).toBe(true);
});

it("gradients stand above their node, values below it, and nothing else is told", () => {
  const shown = drawing.marks.map(({ align, given: g, asked: a }) => [
    align,
    [...g, ...a].map(({ value }) => value),
  ]);
  expect(shown).toEqual([
    ["above", ["w.grad"]],
    ["below", ["x"]],
    ["above", ["v1.grad"]],
  ]);
});

it("a number of the update has no node, and that is said", () => {
  expect([isOnGraph(program, given("w.next")), undrawn(program, [asked("w.grad")])]).toEqual([false, ""]);
  expect(undrawn(program, [asked("w.next", "the next w")])).toBe(
    "“the next w” belongs to the update, to no node of the expression, so nothing is drawn.",
  );
});
