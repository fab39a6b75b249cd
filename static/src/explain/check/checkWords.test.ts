import { expect, it } from "vitest";
import { checkWords } from "./checkWords";

const found = {
  central_difference: 2.97,
  difference: 0,
  digits: 9,
  uncertainty: 1e-9,
  agrees: true,
  kink: false,
  reason: "",
};

it("says to how many digits of the gradient they agree, not by how much they differ", () => {
  expect(checkWords(found)).toBe("finite difference agrees to 9 digits");
});

it("says so where the difference is no surer than the gradient is large", () => {
  const words = checkWords({ ...found, digits: 0, uncertainty: 3e-13 });
  expect(words).toBe("finite difference agrees within its own uncertainty, 3e−13");
});

it("says that nothing changes where nothing does", () => {
  expect(checkWords({ ...found, digits: null, central_difference: 0 })).toBe("finite difference is 0 too");
});

it("names a kink before any verdict", () => {
  expect(checkWords({ ...found, agrees: false, kink: true })).toBe(
    "at a kink: no finite difference to compare with",
  );
});

it("says why it cannot tell", () => {
  const words = checkWords({ ...found, agrees: null, reason: "the loss is inf, so it has no difference" });
  expect(words).toBe("finite difference cannot tell: the loss is inf, so it has no difference");
});

it("shows as many digits of a difference that disagrees as it takes to see that", () => {
  const words = checkWords({ ...found, agrees: false, digits: 5, central_difference: 2.9701234567 });
  expect(words).toBe("finite difference says 2.970123");
});
