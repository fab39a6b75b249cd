import type { ExerciseKind, RunConfig, Skill } from "../../api/types";
import type { PracticeSet } from "./set";

export const LARGEST_SEED = 2 ** 31;
/** Kinds by how often they are drawn: the number is the plain question, a table takes a long time. */
const OFTEN: Partial<Record<ExerciseKind, number>> = { number: 3, chain: 2, table: 0.2 };
/** Of every friendly net all of its skills have questions of this kind. */
const FRIENDLY: readonly ExerciseKind[] = ["number"];

/** One question of a session: what it is drawn by. */
export interface Drawn {
  skill: string;
  kind: ExerciseKind;
  seed: number;
  friendly?: boolean;
  /** A preset at an iteration, if not the skill's own run. */
  on?: { preset: string; iteration: number };
  /** Of a run of one's own: of any skill that has a question there. */
  own?: { config: RunConfig; iteration: number };
}

/** A question on a skill, by chance: short decimals only where it has them. */
export function drawnOf(skill: Skill, wanted: boolean): Drawn {
  const friendly = wanted && skill.friendly.length > 0;
  const kinds = friendly ? skill.kinds.filter((kind) => FRIENDLY.includes(kind)) : skill.kinds;
  const weights = kinds.map((kind) => OFTEN[kind] ?? 1);
  let left = Math.random() * weights.reduce((sum, weight) => sum + weight, 0);
  const at = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  const seed = Math.floor(Math.random() * LARGEST_SEED);
  return { skill: skill.name, kind: kinds[Math.max(0, at)]!, seed, ...(friendly ? { friendly } : {}) };
}

/** The question that a fragment names, as `#slope/number/7`; null without a skill in it. */
export function drawnIn(fragment: string, skills: readonly Skill[]): Drawn | null {
  const [name, wanted, seed = "", friendly] = fragment.replace(/^#/, "").split("/");
  const skill = skills.find((other) => other.name === name);
  if (!skill) return null;
  const kind = skill.kinds.find((other) => other === wanted) ?? drawnOf(skill, false).kind;
  const drawn = { skill: skill.name, kind, seed: Math.abs(Number.parseInt(seed, 10)) || 0 };
  return { ...drawn, friendly: friendly === "friendly" };
}

/** The questions of a set: its skills in turn, of each the kinds in turn. */
export function questionsOf(set: PracticeSet, skills: readonly Skill[], from: number): Drawn[] {
  return Array.from({ length: set.count }, (_, i) => {
    const skill = skills[i % skills.length]!;
    const kinds = set.kinds.filter((kind) => skill.kinds.includes(kind));
    const kind = kinds[Math.floor(i / skills.length) % kinds.length] ?? skill.kinds[0]!;
    const on = set.preset ? { on: { preset: set.preset, iteration: set.iteration } } : {};
    const friendly = set.friendly && !set.preset && skill.friendly.length > 0 && FRIENDLY.includes(kind);
    return { skill: skill.name, kind, seed: from + i, friendly, ...on };
  });
}
