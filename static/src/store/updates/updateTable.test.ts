import { expect, it } from "vitest";
import type { UpdatesQuery } from "../../api/types";
import { PAGE, pagesOf, UpdatePages } from "./updateTable.svelte";

const row = (rank: number) => ({ parameter: "w", index: [rank], rank, numbers: [rank] });

function source(total: number) {
  const asked: string[] = [];
  const updates = async (
    run: string,
    t: number,
    { offset = 0, limit = 0, sort = "update" }: UpdatesQuery,
  ) => {
    asked.push(`${run} ${t} ${sort} ${offset}`);
    if (run === "gone") throw new Error("no such run");
    const rows = Array.from({ length: Math.min(limit, total - offset) }, (_, i) => row(offset + i));
    return { columns: ["before"], sort, total, offset, rows, chosen: null, says: null };
  };
  return {
    asked,
    pages: new UpdatePages({ updates } as unknown as ConstructorParameters<typeof UpdatePages>[0]),
  };
}
const signal = new AbortController().signal;

it("asks for the pages that hold the rows on show, and for none twice", async () => {
  const { asked, pages } = source(100_000);
  await pages.look("a", 7, {}, pagesOf(0, 20), signal);
  await pages.look("a", 7, {}, pagesOf(90, 110), signal);
  await pages.look("a", 7, {}, pagesOf(90_050, 90_070), signal);
  expect(asked).toEqual(["a 7 update 0", "a 7 update 100", "a 7 update 90000"]);
  expect([pages.total, pages.rows.size, pages.rows.get(90_010)?.index]).toEqual([
    100_000,
    3 * PAGE,
    [90_010],
  ]);
});

it("forgets the rows of another order or iteration once new ones are here", async () => {
  const { pages } = source(250);
  await pages.look("a", 7, {}, [0, 1, 2], signal);
  expect(pages.rows.size).toBe(250);
  await pages.look("a", 7, { sort: "grad" }, [0], signal);
  expect(pages.rows.size).toBe(PAGE);
});

it("says why there is nothing, and keeps what was there", async () => {
  const { pages } = source(30);
  await pages.look("a", 0, {}, [0], signal);
  await pages.look("gone", 0, {}, [0], signal);
  expect([pages.refused, pages.rows.size]).toEqual(["no such run", 30]);
});
