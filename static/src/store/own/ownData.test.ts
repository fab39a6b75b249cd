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
  drawTable: ({ rule }: { rule: string }) =>
    rule.includes("sin(x)")
      ? Promise.resolve("x,y,rule\n1,2,true\n")
      : Promise.reject(new ApiError({ status: 422, detail: "column 8: ( is never closed" })),
  createRun: () => Promise.reject(new ApiError({ status: 422, detail: "too large" })),
};
const RULE = { rule: "y > sin(x)", rows: 200, low: -3, high: 3, noise: 0 };
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
    await own.draw(RULE, signal());
    expect([own.title, own.asked.target]).toEqual(["y > sin(x)", "rule"]);
  });
  it("opens nothing while the rule that is typed draws nothing, and the last one's table is behind", async () => {
    const own = made();
    own.from("rule");
    await own.draw(RULE, signal());
    await own.read(signal());
    const before = [own.behind, own.ready];
    own.toDraw({ ...RULE, rule: "y > sin(x" });
    const meanwhile = own.behind;
    await own.draw({ ...RULE, rule: "y > sin(x" }, signal());
    const wrong = [own.behind, own.ready, own.why, own.found];
    const again = own.toDraw(RULE);
    expect([before, meanwhile, wrong, again, own.behind, own.why]).toEqual([
      [false, TABLE.config],
      true,
      [true, null, "column 8: ( is never closed", TABLE],
      false,
      false,
      null,
    ]);
  });
  it("keeps its columns where a choice is refused, and loses them with another text", async () => {
    const own = made();
    own.take("t.csv", "bad");
    await own.read(signal());
    const never = own.found;
    const reader = { ...client, readTable: () => Promise.resolve(TABLE as unknown as OwnTable) };
    const kept = new OwnData(reader as never);
    kept.take("t.csv", "a,b");
    await kept.read(signal());
    reader.readTable = () => Promise.reject(new ApiError({ status: 422, detail: "one column only" }));
    await kept.read(signal());
    const refused = [kept.found, kept.why, kept.ready];
    kept.retype("a,b\n1,2");
    await kept.read(signal());
    expect([never, refused, kept.found]).toEqual([null, [TABLE, "one column only", null], null]);
  });
  it("says of a file that it is empty, and nothing where nothing was typed yet", async () => {
    const [own, file] = [made(), made()];
    file.take("empty.csv", " \n");
    await Promise.all([own.read(signal()), file.read(signal())]);
    expect([own.why, file.why?.startsWith("empty.csv is empty. A table has")]).toEqual([null, true]);
  });
  it("has what was in a source when one comes back to it", () => {
    const own = made();
    own.take("t.csv", "a,b\n1,2", { target: "a" });
    own.from("points");
    own.place([
      { x: 1, y: 2, label: 0 },
      { x: 3, y: 2, label: 1 },
    ]);
    own.from("table");
    const table = [own.title, own.text, own.asked.target];
    own.from("points");
    expect([table, own.title, own.text, own.points.length]).toEqual([
      ["t.csv", "a,b\n1,2", "a"],
      "drawn points",
      "x1,x2,class\n1,2,A\n3,2,B",
      2,
    ]);
  });
  it("comes from a file in the letters that it is written in", async () => {
    const utf16 = new Uint8Array([0xff, 0xfe, 0xe4, 0]);
    const texts = [new Blob(["ä"]), new Blob([new Uint8Array([0xe4])]), new Blob([utf16])].map(textOf);
    expect((await Promise.all(texts)).map((text) => text.replace("\uFEFF", ""))).toEqual(["ä", "ä", "ä"]);
  });
});
