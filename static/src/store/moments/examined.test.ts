import { expect, test } from "vitest";
import type { Finding } from "../../api/types";
import { Examined } from "./examined.svelte";

const [overfits, saturated] = (["overfits", "saturated_units"] as const).map((kind) => ({ kind }) as Finding);
const FINDINGS = [overfits!, saturated!];

test("findings are walked as far as there are any, and left again", () => {
  const examined = new Examined();
  examined.switch(FINDINGS);
  const walked = ([1, 1, -1] as const).map((by) => {
    examined.walk(FINDINGS, by);
    return examined.kind;
  });
  examined.switch(FINDINGS);
  expect([walked, examined.kind]).toEqual([["saturated_units", "saturated_units", "overfits"], null]);
});

test("where nothing is looked at there is nothing to walk", () => {
  const examined = new Examined();
  examined.walk(FINDINGS, 1);
  examined.switch([]);
  expect([examined.kind, examined.of([])]).toEqual([null, null]);
});

test("of an iteration without it the worst is looked at", () => {
  const examined = new Examined();
  examined.open("saturated_units");
  expect([examined.of(FINDINGS), examined.of([overfits!])]).toEqual([saturated, overfits]);
});
