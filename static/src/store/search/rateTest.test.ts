import { expect, it } from "vitest";
import { ApiError } from "../../api/client";
import type { RangeTest } from "../../api/types";
import { RateTest } from "./rateTest.svelte";

const of = (says: string) => ({ says }) as RangeTest;

/** Keeps what was asked for; each is answered by hand, and told of as far as it is. */
function slow() {
  const asked: string[] = [];
  const answers = new Map<string, (found: RangeTest) => void>();
  const tells = new Map<string, (so: { done: number; of: number }) => void>();
  const server = {
    rangeTest: (run: string, _seeds: number, told: (so: { done: number; of: number }) => void) => {
      asked.push(run);
      tells.set(run, told);
      return new Promise<RangeTest>((resolve) => answers.set(run, resolve));
    },
  };
  return { asked, answers, tells, test: new RateTest(server as never) };
}

it("asks once for each run, tells how far it is, and shows the answer for the run that was asked for last", async () => {
  const { asked, answers, tells, test } = slow();
  const [first, second, again] = [test.ask("a"), test.ask("b"), test.ask("b")];
  tells.get("a")!({ done: 4, of: 5 });
  tells.get("b")!({ done: 1, of: 5 });
  const far = test.work.far?.done;
  answers.get("b")!(of("b"));
  answers.get("a")!(of("a"));
  await Promise.all([first, second, again]);
  expect([asked, far, test.found?.says, test.work.running]).toEqual([["a", "b"], 1, "b", false]);
});

it("can be called off, without a word of trouble, and asked again", async () => {
  const { asked, answers, test } = slow();
  const first = test.ask("a");
  test.work.cancel();
  answers.get("a")!(of("a"));
  await first;
  expect([test.found, test.trouble]).toEqual([null, ""]);
  void test.ask("a");
  expect(asked).toEqual(["a", "a"]);
});

it("says why there is none, and may be asked again", async () => {
  const error = new ApiError({ status: 422, detail: "no range test" });
  const test = new RateTest({ rangeTest: () => Promise.reject(error) } as never);
  await test.ask("a");
  expect([test.trouble, test.work.running, test.found]).toEqual(["no range test", false, null]);
});
