import { describe, expect, it } from "vitest";
import { greys, labelOf, tableOf } from "./pictures";

describe("pictures as rows", () => {
  it("are grey from 0 to 1, white where nothing is", () => {
    const data = new Uint8ClampedArray([0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 255, 9, 9, 9, 0]);
    expect(greys(data)).toEqual([0, 1, 0.299, 1]);
  });
  it("show what their folder or the start of their name says", () => {
    expect([
      labelOf("cat-01.png"),
      labelOf("01.png", "set/dog/01.png"),
      labelOf("7_3.png"),
      labelOf("Äpfel 2.png"),
    ]).toEqual(["cat", "dog", "7", "Äpfel"]);
  });
  it("are a table with a column for each pixel", () => {
    expect(tableOf([{ name: "a", label: 'a "b"', pixels: [0, 0.5, 1, 0.25] }], 2)).toBe(
      'row 1 column 1,row 1 column 2,row 2 column 1,row 2 column 2,shows\n0,0.5,1,0.25,"a ""b"""',
    );
  });
});
