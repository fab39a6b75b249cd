import { describe, expect, it } from "vitest";
import style from "../style.css?raw";
import { between, channels, diverging, divergingTable, reachOf } from "./colour";

/** The colours that a theme's block of the style sheet gives to tokens. */
function tokensOf(theme: "light" | "dark"): { [name: string]: string } {
  const block = new RegExp(`color-scheme: ${theme};([^}]*)`).exec(style)![1]!;
  return Object.fromEntries(
    [...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name!, hex!]),
  );
}

describe.each(["light", "dark"] as const)("the %s scale of signed numbers", (theme) => {
  const tokens = tokensOf(theme);
  const dark = theme === "dark";
  const middle = channels(dark ? tokens.card! : tokens.paper!);

  it("goes from the token of negative over the surface to that of positive", () => {
    expect([-1, 0, 1].map((t) => diverging(t, dark))).toEqual([
      channels(tokens.negative!),
      middle,
      channels(tokens.positive!),
    ]);
  });

  it("is a table with -1 first and +1 last", () => {
    const table = divergingTable(dark);
    expect([[...table.slice(0, 4)], [...table.slice(-4)]]).toEqual([
      [...channels(tokens.negative!), 255],
      [...channels(tokens.positive!), 255],
    ]);
  });
});

it("positive is blue and negative is red, in both themes", () => {
  const isBlue = ([r, , b]: readonly number[]) => b! > r!;
  const signs = (["light", "dark"] as const)
    .map(tokensOf)
    .map(({ positive, negative }) => [isBlue(channels(positive!)), isBlue(channels(negative!))]);
  expect(signs).toEqual([
    [true, false],
    [true, false],
  ]);
});

it("a colour between two is nearer to the second for a larger share", () => {
  expect([0, 0.25, 1].map((share) => between([0, 0, 0], [100, 200, 40], share))).toEqual([
    [0, 0, 0],
    [25, 50, 10],
    [100, 200, 40],
  ]);
});

it("has its ends at the largest size of what is finite", () => {
  expect([reachOf([1, -3], null, [Number.NaN, Number.POSITIVE_INFINITY, 2]), reachOf()]).toEqual([3, 0]);
});
