import { expect, it } from "vitest";
import type { Blank, GivenNumber, Run, ValueName } from "../../../api/types";
import { isPlaced, pictureOf, unpictured } from "./network";

const layer = (name: string, fan_in: number, units: number, inputs: string[]) => ({
  ...{ name, type: "dense", title: name, fan_in, units, shape: [units], inputs },
});
const run = {
  layers: [layer("dense1", 2, 3, ["x"]), layer("dense2", 3, 1, ["dense1.a"])],
} as unknown as Run;
const named = (layer: string, key: string, gradient = "") =>
  ({ subject: layer ? `${layer}.${key}` : key, layer, key, moment: null, gradient }) as unknown as ValueName;
const names = {
  x: named("", "x"),
  "dense1.a": named("dense1", "a"),
  "dense2.weight": named("dense2", "weight"),
  "dense2.weight.grad": named("dense2", "weight", "grad"),
  "dense2.z.grad": named("dense2", "z", "grad"),
  rate: { ...named("optimizer", "rate") },
};
const given = (value: string, ...index: number[]) =>
  ({ value, index, name: value }) as unknown as GivenNumber;
const asked = (field: string, value: string, ...index: number[]) =>
  ({ field, form: "number", value, index }) as unknown as Blank;

it("a gradient of a weight stands on its edge, what it is made of at both ends", () => {
  const picture = pictureOf(
    run,
    names,
    [given("dense2.z.grad", 0, 0), given("dense1.a", 0, 1), given("rate")],
    [asked("1", "dense2.weight.grad", 0, 1)],
  );
  const edge = picture.edges.filter(({ lit }) => lit);
  expect([edge.length, edge[0]!.asked, picture.edges.length]).toEqual([1, ["1"], 2 * 3 + 3 * 1 + 1]);
  expect(picture.marks.map(({ align, given: g, asked: a }) => [align, g.length + a.length])).toEqual([
    ["above", 1],
    ["below", 1],
    ["middle", 1],
  ]);
  expect(isPlaced(run, names, given("rate"))).toBe(false);
});

it("nothing stands in the picture but what is given or asked", () => {
  const picture = pictureOf(run, names, [given("x", 3, 0)], [asked("1", "dense1.a", 3, 2)]);
  const shown = picture.marks.flatMap((mark) => [...mark.given, ...mark.asked].map(({ value }) => value));
  expect(shown).toEqual(["x", "dense1.a"]);
});

it("numbers of edges that end in one unit cover neither one another nor the units' own", () => {
  const cells = [0, 1, 2].flatMap((k) => [given("dense1.a", 0, k), given("dense2.weight", 0, k)]);
  const { marks } = pictureOf(run, names, cells, [asked("1", "dense2.z.grad", 0, 0)]);
  const boxes = marks.map(({ x, y, align, asked: a }) => {
    const [width, height] = a.length ? [160, 36] : [116, 30];
    return {
      x,
      y: y + (align === "above" ? -height / 2 : align === "below" ? height / 2 : 0),
      width,
      height,
    };
  });
  const covered = boxes.flatMap((one, i) =>
    boxes.slice(i + 1).filter((other) => {
      const [dx, dy] = [Math.abs(one.x - other.x), Math.abs(one.y - other.y)];
      return dx < (one.width + other.width) / 2 && dy < (one.height + other.height) / 2;
    }),
  );
  expect(covered).toEqual([]);
});

it("a net that branches, or is large, or has no place for a field says why it is not drawn", () => {
  const net = (...layers: unknown[]) => ({ layers }) as unknown as Run;
  const wide = net(layer("dense1", 64, 3, ["x"]));
  const branched = net(layer("dense1", 2, 3, ["x"]), layer("dense2", 3, 1, ["dense1.a", "x"]));
  const deep = net(
    ...Array.from({ length: 13 }, (_, i) => layer(`dense${i + 1}`, 2, 2, [i ? `dense${i}.a` : "x"])),
  );
  const ask = [asked("1", "dense1.a", 0, 1)];
  const rate = { ...asked("1", "rate"), label: "the rate" };
  expect([
    ...[wide, branched, deep, run].map((each) => unpictured(each, names, ask)),
    unpictured(run, names, [rate]),
  ]).toEqual([
    "A layer here has 64 units; with their numbers 8 can be drawn, so they stand in lists.",
    "This net is no plain row of layers of units, so its numbers stand in lists.",
    "This net has 13 layers; with their numbers 12 can be drawn, so they stand in lists.",
    "",
    "“the rate” belongs to no single unit or weight, so nothing is drawn.",
  ]);
});
