import { expect, it } from "vitest";
import type { Skill } from "../../api/types";
import { placed } from "./placing";

const skill = (name: string, ...needs: string[]) => ({ name, needs, phase: "forward" }) as unknown as Skill;

it("a skill stands behind what it needs, and moves on where a column is full", () => {
  const skills = [
    skill("a"),
    skill("b", "a"),
    skill("c", "a"),
    skill("d", "a"),
    skill("e", "a"),
    skill("f", "e"),
  ];
  expect(placed(skills).map(({ column, row }) => [column, row])).toEqual([
    [0, 0],
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 0],
    [3, 0],
  ]);
});
