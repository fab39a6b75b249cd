import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/client";
import type { OwnTable } from "../../api/types";
import { textOf } from "./fileText";
import { OwnData } from "./ownData.svelte";

const TABLE = {
  config: { layers: [] },
  columns: [
    { name: "a", role: "input" },
    { name: "b", role: "out" },
  ],
};
const asked: { text: string; query: unknown }[] = [];
const client = {
  readTable: (text: string, query: unknown) => {
    asked.push({ text, query });
    return text === "bad"
      ? Promise.reject(new ApiError({ status: 422, detail: "row 1 is bad" }))
      : Promise.resolve(TABLE as unknown as OwnTable);
  },
  drawTable: () => Promise.resolve("x,y,rule\n1,2,true\n"),
  createRun: () => Promise.reject(new ApiError({ status: 422, detail: "too large" })),
};
const made = () => new OwnData(client as never);
const signal = () => new AbortController().signal;

describe("a table of one's own", () => {
  it("is read as it is asked for, and says why no run can be tried", async () => {
    const own = made();
    own.take("t.csv", "a,b\n1,2", { target: "b" });
    await own.read(signal());
    expect([asked.at(-1)?.text, own.found, own.untried, own.stale]).toEqual([
      "a,b\n1,2",
      TABLE,
      "too large",
      false,
    ]);
  });
  it("says in the server's words why it cannot be read", async () => {
    const own = made();
    own.take("t.csv", "bad");
    await own.read(signal());
    expect([own.found, own.refused]).toEqual([null, "row 1 is bad"]);
  });
  it("keeps what was chosen while its rows are typed, and forgets it with another table", async () => {
    const own = made();
    own.take("t.csv", "a,b");
    own.setTarget("b");
    own.retype("a,b\n1,2");
    const kept = own.asked.target;
    own.take("u.csv", "c,d");
    expect([kept, own.asked.target]).toEqual(["b", null]);
  });
  it("takes a column in and leaves one out", async () => {
    const own = made();
    own.take("t.csv", "a,b\n1,2");
    await own.read(signal());
    own.tick("b");
    const both = own.asked.column;
    own.tick("a");
    expect([both, own.asked.column]).toEqual([["a", "b"], ["b"]]);
  });
  it("has one kind a column, and one mend a cell", () => {
    const own = made();
    own.setKind({ name: "a" } as never, "category");
    own.setKind({ name: "a" } as never, "number");
    own.mend(3, 1, "5");
    own.mend(3, 1, "6");
    expect([own.asked.category, own.asked.number, own.asked.mend]).toEqual([[], ["a"], ["3,1,6"]]);
  });
  it("learns what a rule says, not what it is called", async () => {
    const own = made();
    await own.draw({ rule: "y > x" }, signal());
    expect([own.title, own.asked.target]).toEqual(["y > x", "rule"]);
  });
  it("comes from a file in the letters that it is written in", async () => {
    const utf16 = new Uint8Array([0xff, 0xfe, 0xe4, 0]);
    const texts = [new Blob(["ä"]), new Blob([new Uint8Array([0xe4])]), new Blob([utf16])].map(textOf);
    expect((await Promise.all(texts)).map((text) => text.replace("\uFEFF", ""))).toEqual(["ä", "ä", "ä"]);
  });
});
