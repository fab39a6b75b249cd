import type { Skill } from "../../api/types";

export const MOST_ROWS = 3;

/** Where each skill stands in its lane: behind all that it builds on, in a column that has room. */
export interface Placed {
  skill: Skill;
  column: number;
  row: number;
}

export function placed(skills: readonly Skill[]): Placed[] {
  const columns = new Map<string, number>();
  const filled = new Map<string, number>();
  return skills.map((skill) => {
    const before = skill.needs
      .map((name) => skills.find((s) => s.name === name))
      .filter((s) => s?.phase === skill.phase);
    let column = Math.max(-1, ...before.map((s) => columns.get(s!.name) ?? -1)) + 1;
    while ((filled.get(`${skill.phase} ${column}`) ?? 0) >= MOST_ROWS) column += 1;
    const row = filled.get(`${skill.phase} ${column}`) ?? 0;
    filled.set(`${skill.phase} ${column}`, row + 1);
    columns.set(skill.name, column);
    return { skill, column, row };
  });
}
