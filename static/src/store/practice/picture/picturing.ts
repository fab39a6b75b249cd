import type { Blank, Exercise, GivenNumber, Program, Run } from "../../../api/types";
import { graphOf, isOnGraph, undrawn } from "./expression";
import { type ExercisePicture, isPlaced, pictureOf, unpictured } from "./network";

/** An exercise's numbers: those with a place in a picture, the others in a list, and why there is no picture. */
export interface Pictured {
  picture: ExercisePicture | null;
  listed: GivenNumber[];
  why: string;
}

const listed = (given: GivenNumber[], why = ""): Pictured => ({ picture: null, listed: given, why });

/** Where a question's numbers stand. A question that asks for no number has no picture, and needs no reason. */
export async function picturing(run: Run, program: Program, { given, ask }: Exercise): Promise<Pictured> {
  if (!ask.length || ask.some(({ form }) => form !== "number")) return listed(given);
  return run.kind === "expression" ? graph(program, given, ask) : network(run, program, given, ask);
}

function network(run: Run, { names }: Program, given: GivenNumber[], ask: Blank[]): Pictured {
  const why = unpictured(run, names, ask);
  if (why) return listed(given, why);
  const others = given.filter((cell) => !isPlaced(run, names, cell));
  return { picture: pictureOf(run, names, given, ask), listed: others, why };
}

async function graph(program: Program, given: GivenNumber[], ask: Blank[]): Promise<Pictured> {
  const why = undrawn(program, ask);
  if (why) return listed(given, why);
  const others = given.filter((cell) => !isOnGraph(program, cell));
  return { picture: graphOf(program, given, ask, await import("@dagrejs/dagre")), listed: others, why };
}
