import { expect, test } from "vitest";
import { folderOf, unrooted } from "./root";

test.each([
  ["./", "http://lab/", ""],
  ["../", "http://lab/learn/losses?step=2#a/b", ""],
  ["./", "http://lab/user/ada/backscope/", "/user/ada/backscope"],
  ["./", "http://lab/user/ada/backscope/learn", "/user/ada/backscope"],
  ["../", "http://lab/backscope/learn/losses", "/backscope"],
])("the way %s from %s leads to the folder %s", (way, address, folder) => {
  expect(folderOf(way, address)).toBe(folder);
});

test("a page is known by its own name in any folder", () => {
  const names = ["/deep/learn/losses", "/deep/", "/deeper"].map((path) => unrooted(path, "/deep"));
  expect(names).toEqual(["/learn/losses", "/", "/deeper"]);
});
