import { expect, it } from "vitest";
import type { Boundary, Run, Samples, TrialEntry } from "../../api/types";
import { Pictures, pictureOf } from "./pictures";

const MSE = { loss: { name: "mse" } } as Pick<Run, "loss">;
const LOGITS = { loss: { name: "bce_with_logits" } } as Pick<Run, "loss">;
const samples = (targets: number[]) => ({ targets: { data: targets } }) as unknown as Samples;
const boundary = (outputs: number[]) =>
  ({ outputs: { data: outputs }, resolution: 2, y: [0, 1] }) as unknown as Boundary;
const tones = (run: Pick<Run, "loss">, targets: number[], outputs: number[]) =>
  pictureOf(run, samples(targets), boundary(outputs))?.tones;

it("reads one output between the least target and the largest", () => {
  expect(tones(MSE, [0, 1, 1], [0, 0.5, 1, 2])).toEqual(Float32Array.of(-1, 0, 1, 3));
});

it("squashes logits, tells two outputs by which one leads, and knows no picture of more", () => {
  expect([
    tones(LOGITS, [0, 1], [0, 0, 40, -40]),
    tones(MSE, [0, 1], [0, 0, 40, 0, 0, 40, 1, 1]),
    tones(MSE, [0, 1], new Array(12).fill(0)),
  ]).toEqual([Float32Array.of(0, 0, 1, -1), Float32Array.of(0, -1, 1, 0), undefined]);
});

it("asks for one picture after the other, each once, and for none that nobody wants any more", async () => {
  const asked: string[] = [];
  const client = {
    trials: async (_: string, { after }: { after?: number }) => ({ entries: [{ config: { after } }] }),
    createRun: async (config: unknown) => {
      asked.push(JSON.stringify(config));
      return { ...MSE, id: "run", output_kind: "plane", layers: [{ units: 1 }] };
    },
    samples: async () => samples([0, 1]),
    boundary: async () => boundary([0, 0, 1, 1]),
  };
  const pictures = new Pictures(client as never, "search");
  const trial = (index: number) => ({ index, iterations: 60 }) as TrialEntry;
  const first = pictures.of(trial(1), () => true);
  const found = await Promise.all([
    first,
    pictures.of(trial(2), () => false),
    pictures.of(trial(1), () => true),
  ]);
  await pictures.of(trial(2), () => true);
  expect([found.map((picture) => picture?.side ?? null), asked]).toEqual([
    [2, null, 2],
    ['{"after":1}', '{"after":2}'],
  ]);
});
