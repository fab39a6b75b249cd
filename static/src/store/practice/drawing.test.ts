import { expect, it } from "vitest";
import type { Skill } from "../../api/types";
import { drawnIn } from "./drawing";

const SKILLS = [{ name: "slope", kinds: ["number", "sign"], friendly: [] }] as unknown as Skill[];

it("a fragment names a question; what it does not say is drawn, or 0", () => {
  expect(drawnIn("#slope/sign/7/friendly", SKILLS)).toEqual({
    ...{ skill: "slope", kind: "sign", seed: 7, friendly: true },
  });
  expect(SKILLS[0]!.kinds).toContain(drawnIn("#slope/dance/x", SKILLS)?.kind);
  expect([drawnIn("#slope", SKILLS)?.seed, drawnIn("#else/sign/7", SKILLS), drawnIn("", SKILLS)]).toEqual([
    ...[0, null, null],
  ]);
});
