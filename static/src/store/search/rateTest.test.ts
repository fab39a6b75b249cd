import { expect, it } from "vitest";
import { ApiError } from "../../api/client";
import type { RangeTest } from "../../api/types";
import { RateTest } from "./rateTest.svelte";

const of = (says: string) => ({ says }) as RangeTest;

it("asks once for each run, and shows the answer for the run that was asked for last", async () => {
  const asked: string[] = [];
  const answers = new Map<string, (found: RangeTest) => void>();
  const server = {
    rangeTest: (run: string) => {
      asked.push(run);
      return new Promise<RangeTest>((resolve) => answers.set(run, resolve));
    },
  };
  const test = new RateTest(server as never);
  const [first, second, again] = [test.ask("a"), test.ask("b"), test.ask("b")];
  answers.get("b")!(of("b"));
  answers.get("a")!(of("a"));
  await Promise.all([first, second, again]);
  expect([asked, test.found?.says, test.waiting]).toEqual([["a", "b"], "b", false]);
});

it("says why there is none, and may be asked again", async () => {
  const error = new ApiError({ status: 422, detail: "no range test" });
  const test = new RateTest({ rangeTest: () => Promise.reject(error) } as never);
  await test.ask("a");
  expect([test.trouble, test.waiting, test.found]).toEqual(["no range test", false, null]);
});
