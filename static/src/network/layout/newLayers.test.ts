import { describe, expect, it } from "vitest";
import type { LayerPicture } from "../../api/types";
import { type LayerGiven, runOf, stepsOf } from "../testing/runs";
import { signOf } from "./connections";
import { layoutNetwork } from "./layoutNetwork";

describe("a type of layer that is only registered on the server", () => {
  const dense = { type: "dense", shape: [2], parameters: { weight: [2, 2], bias: [2] } };
  const kindsOf = (...layers: LayerGiven[]) =>
    layoutNetwork(runOf({ features: ["x1", "x2"], layers }), [], 800, 500).bundles.map(({ kind }) => kind);

  it("is drawn by what it says of itself", () => {
    const unitwise = { type: "new", shape: [2], picture: { unitwise: true } };
    const plain = { type: "new", shape: [2] };
    const weighted = { type: "new", shape: [3], parameters: { kernel: [3, 2] } };
    const table = {
      type: "new",
      shape: [2],
      parameters: { rows: [2, 2] },
      picture: { table: "tokens" } as const,
    };
    expect([unitwise, plain, weighted, table].map((layer) => kindsOf(layer))).toEqual([
      ["direct", "loss"],
      ["link", "loss"],
      ["edges", "loss"],
      ["link", "table", "loss"],
    ]);
  });

  it("has its sign before its units, or its inputs one after the other", () => {
    const both = { inputs: ["x", "dense1"] };
    const joined = (picture: Partial<LayerPicture>, units: number) => {
      const given = { type: "new", shape: [units], ...both, picture };
      const layout = layoutNetwork(runOf({ features: ["x1", "x2"], layers: [dense, given] }), [], 800, 500);
      return [signOf(layout.columns[2]!.node), layout.bundles.map(({ offset }) => offset)];
    };
    expect([joined({ unitwise: true, sign: "min" }, 2), joined({ unitwise: true, stacks: true }, 4)]).toEqual(
      [
        ["min", [0, 0, 0, 0]],
        ["", [0, 0, 2, 0]],
      ],
    );
  });

  it("goes through a sequence moment by moment where it says so", () => {
    const run = runOf({
      features: ["x1", "x2"],
      layers: [
        { type: "reshape", shape: [2, 1] },
        { type: "new", shape: [3], picture: { moments: ["u"] } },
      ],
    });
    const steps = stepsOf([
      ["forward", "new1", "new1.h1", [], [5, 3]],
      ["forward", "new1", "new1.h2", [], [5, 3]],
    ]);
    const { node, shape, kind } = layoutNetwork(run, steps, 800, 500).columns[2]!;
    expect([node.moments, shape, kind]).toEqual([["new1.h1", "new1.h2"], [2, 3], "sequence"]);
  });

  it("is an image laid out in a row where each unit takes one of its cells", () => {
    const layers = [
      { type: "reshape", shape: [1, 3, 4] },
      { type: "new", shape: [12], picture: { unitwise: true } },
    ];
    const features = Array.from({ length: 12 }, (_, at) => `p${at}`);
    expect(layoutNetwork(runOf({ features, layers }), [], 800, 500).columns[2]!.node.image).toEqual([3, 4]);
  });
});
