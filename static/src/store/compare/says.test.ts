import { expect, it } from "vitest";
import { saysOf, type Told } from "./says";

const LAYERS = ["dense1", "dense2"].map((name) => ({ name, parameters: ["weight"] }));
const side = (name: string) => ({ name, run: { layers: LAYERS } });
const at = (loss: number, first: number, last: number) => ({
  evaluation: { train: { loss } },
  summary: { layers: { dense1: { gradient_norm: first }, dense2: { gradient_norm: last } } },
});
const told = (more: object) =>
  ({
    letters: "ABCD",
    sides: [side("sigmoid"), side("tanh")],
    there: [at(0.696, 1, 1), at(0.473, 1, 1)],
    shown: 200,
    to: 400,
    comparable: true,
    partings: [{ between: [0, 1], first: { iteration: 0, step: 3, value: "dense1.a" } }],
    ...more,
  }) as unknown as Told;
const between = (first: object | null) => ({ partings: [{ between: [0, 1], first }] });

const LOSS = "At iteration 200 B (tanh) has the lower training loss, 0.473 against 0.696 of A (sigmoid).";

it.each([
  [{}, `A (sigmoid) and B (tanh) differ first in iteration 0, at step 4: dense1.a. ${LOSS}`],
  [
    between({ iteration: 0, step: null, value: "dense1.weight" }),
    `A (sigmoid) and B (tanh) differ first at the start, in dense1.weight. ${LOSS}`,
  ],
  [
    between({ iteration: 150, step: 9, value: "dense1.weight.update" }),
    `A (sigmoid) and B (tanh) are the same up to iteration 150: there dense1.weight.update differs first. ${LOSS}`,
  ],
  [
    { ...between(null), there: [at(0.5, 1, 1), at(0.5, 1, 1)] },
    "A (sigmoid) and B (tanh) are the same in every bit up to iteration 400. At iteration 200 their training losses are equal: 0.500.",
  ],
  [{ partings: [], comparable: false }, "Their losses are of different kinds: none is lower than another."],
  [
    { partings: [], there: [at(Number.NaN, 1, 1), at(0.5, 1, 1)] },
    "At iteration 200 only B (tanh) has a loss that is a number: 0.500.",
  ],
  [
    { partings: [], there: [at(0.696, 1e-7, 0.1), at(0.473, 0.3, 0.1)] },
    `${LOSS} On its way back from the last layer to the first the gradient shrinks 1 000 000 times in A (sigmoid), and grows 3.0 times in B (tanh).`,
  ],
  [{ partings: [], there: [], comparable: true }, ""],
])("of two runs is said what was computed: %#", (more, words) => {
  expect(saysOf(told(more)).replaceAll("\u202f", " ")).toBe(words);
});

it("of three runs is said which two stay together the longest, and whose loss is the lowest", () => {
  const first = (iteration: number) => ({ iteration, step: 0, value: "dense1.weight" });
  const three = {
    sides: [side("sigmoid"), side("tanh"), side("relu")],
    there: [at(0.696, 1, 1), at(0.473, 1, 1), at(0.08, 1, 1)],
  };
  const pairs = (...at: number[]) => [
    { between: [0, 1], first: first(at[0]!) },
    { between: [0, 2], first: first(at[1]!) },
    { between: [1, 2], first: first(at[2]!) },
  ];
  const losses =
    "At iteration 200 C (relu) has the lowest training loss, 0.0800 against 0.473 of B (tanh) and 0.696 of A (sigmoid).";
  expect([
    saysOf(told({ ...three, partings: pairs(0, 60, 0) })),
    saysOf(told({ ...three, partings: pairs(0, 0, 0) })),
  ]).toEqual([
    `A (sigmoid) and C (relu) are the same up to iteration 60, longer than any other two: there dense1.weight differs first. ${losses}`,
    `No two of these runs have a past in common. ${losses}`,
  ]);
});
