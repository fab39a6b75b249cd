import type { ExerciseKind } from "../../api/types";

/** What a teacher fixes by a link: everything but the names of those who answer. */
export interface PracticeSet {
  skills: string[];
  kinds: ExerciseKind[];
  count: number;
  seed: number;
  /** Whether everybody has the same numbers, or everybody numbers of their own, drawn by their name. */
  numbers: "same" | "own";
  friendly: boolean;
  /** The run of a preset at an iteration; each skill's own run without. */
  preset: string;
  iteration: number;
}

export const KINDS: readonly ExerciseKind[] = [
  ...(["number", "chain", "shape", "sign", "factor", "rank", "line", "debug", "table"] as const),
];
const MOST = 24;
const SEEDS = 2 ** 31;
const WRITTEN = /^#set\/([\w,]+)\/(\d{1,2})\/(\d{1,10})(?:\?(.*))?$/;

/** `#set/slope,gate/6/7?kinds=number,chain&numbers=own`: only what is not as usual is written. */
export function setFragment({ skills, count, seed, ...more }: PracticeSet): string {
  const query = new URLSearchParams();
  if (more.kinds.join() !== "number") query.set("kinds", more.kinds.join());
  if (more.numbers === "own") query.set("numbers", "own");
  if (more.friendly) query.set("friendly", "1");
  if (more.preset) query.set("preset", more.preset);
  if (more.preset) query.set("iteration", String(more.iteration));
  const tail = query.size ? `?${decodeURIComponent(query.toString())}` : "";
  return `#set/${skills.join()}/${count}/${seed}${tail}`;
}

/** The set that a fragment names; null if it names none. */
export function readSet(fragment: string): PracticeSet | null {
  const found = WRITTEN.exec(fragment);
  if (!found) return null;
  const query = new URLSearchParams(found[4] ?? "");
  const kinds = (query.get("kinds") ?? "number").split(",");
  return {
    skills: found[1]!.split(",").filter(Boolean),
    kinds: KINDS.filter((kind) => kinds.includes(kind)),
    count: Math.min(MOST, Math.max(1, Number(found[2]))),
    seed: Math.min(SEEDS, Number(found[3])),
    numbers: query.get("numbers") === "own" ? "own" : "same",
    friendly: query.get("friendly") === "1",
    preset: query.get("preset") ?? "",
    iteration: Math.max(0, Number.parseInt(query.get("iteration") ?? "", 10) || 0),
  };
}

/** The seed of somebody's own numbers: the same name has the same ones, wherever it is typed. */
export function seedOf({ seed, numbers }: PracticeSet, name: string): number {
  if (numbers === "same") return seed;
  let hash = 2_166_136_261;
  for (const letter of `${seed} ${name.trim().toLowerCase()}`)
    hash = Math.imul(hash ^ letter.codePointAt(0)!, 16_777_619);
  return (hash >>> 1) % (SEEDS - MOST);
}

/** What is fixed, one line each, in words. */
export function fixed(
  set: PracticeSet,
  skillTitle: (name: string) => string,
  presetTitle: (name: string) => string,
): [string, string][] {
  return [
    ["skills", set.skills.map(skillTitle).join(", ")],
    ["run", set.preset ? `${presetTitle(set.preset)}, iteration ${set.iteration}` : "each skill's own"],
    ["kinds", set.kinds.join(", ")],
    ["questions", String(set.count)],
    ["numbers", set.numbers === "own" ? "own for each name" : "the same for all"],
    ...(set.friendly ? ([["friendly", "short decimals where a skill has them"]] as [string, string][]) : []),
  ];
}
