import type { Cell, Derivation, Factor, Program } from "../api/types";

/** LaTeX of one cell, counted from one as on paper: the value's symbol, in lower case, with its indices. */
export function cellLatex(symbols: Program["symbols"], value: string, index: readonly number[]): string {
  if (value.endsWith(".grad") && value !== "loss.grad")
    return String.raw`\frac{\partial ${symbols.loss?.latex ?? "L"}}{\partial ${cellLatex(symbols, value.slice(0, -5), index)}}`;
  const symbol = symbols[value]?.latex ?? String.raw`\mathrm{${value.replaceAll("_", String.raw`\_`)}}`;
  const letter = symbol.replace(/^[WB](?=\^)/, (capital) => capital.toLowerCase());
  return index.length ? `${letter}_{${subscripts(index)}}` : letter;
}

function subscripts(index: readonly number[]): string {
  const numbers = index.map((i) => i + 1);
  return numbers.join(numbers.every((n) => n < 10) ? "" : String.raw`,\,`);
}

/** Name of a cell in code, with Python's own indices: `dW2[2, 1]`. */
export function cellCode(symbols: Program["symbols"], { value, index }: Cell): string {
  const name = symbols[value]?.code ?? value;
  return index.length ? `${name}[${index.join(", ")}]` : name;
}

/** A factor of the chain rule: the derivative that it is, and what stands below it: the formula of its number, if any. */
export interface Link {
  factor: Factor;
  derivative: string;
  expression: string;
}

/**
 * The chain rule of one sample, factor by factor. The sample is the same throughout, so its index is left out.
 * Where the activation mixes units (softmax) there is no one slope between ∂L/∂a and ∂L/∂z.
 */
export function chainLinks(symbols: Program["symbols"], { value, index, chain }: Derivation): Link[] {
  const factors = chain?.factors ?? [];
  const parameter = value.replace(/\.grad$/, "");
  const layer = parameter.slice(0, parameter.lastIndexOf("."));
  const unit = index.slice(0, 1);
  const [a, z] = [`${layer}.a`, `${layer}.z`];
  const ratio = (above: string, below: string, at = unit) =>
    String.raw`\frac{\partial ${cellLatex(symbols, above, unit)}}{\partial ${cellLatex(symbols, below, at)}}`;
  const links = factors.map((factor, at): Link => {
    const expression = ownSymbol(symbols, factor);
    if (at === 0) return { factor, derivative: expression, expression: "" };
    if (at === factors.length - 1) return { factor, derivative: ratio(z, parameter, index), expression };
    return { factor, derivative: factors.length === 3 ? ratio(a, z) : expression, expression };
  });
  if (factors.length === 2 && factors[0]!.value === `${a}.grad`) links.splice(1, 0, sameLink(ratio(a, z)));
  return links;
}

/** Of the identity: a is z. */
const sameLink = (derivative: string): Link => ({
  factor: { value: null, index: [], number: 1, symbol: "1", cell: null },
  derivative,
  expression: "",
});

/** The factor's symbol without the sample's index: `a^{(2)}_{43}` of sample 4 is `a^{(2)}_{3}`. */
function ownSymbol(symbols: Program["symbols"], { value, index, symbol }: Factor): string {
  if (value === null || index.length < 2) return symbol;
  const base = value.replace(/\.grad$/, "");
  return symbol.replaceAll(cellLatex(symbols, base, index), cellLatex(symbols, base, index.slice(1)));
}

/** The gradient of a parameter as the sum over the batch that it is, in symbols. */
export function batchSum(symbols: Program["symbols"], { value, index, terms }: Derivation): string {
  const factors = (terms[0]?.factors ?? []).map((factor) => {
    const base = (factor.value ?? "").replace(/\.grad$/, "");
    const cell = cellLatex(symbols, base, factor.index);
    const over = cell.replace(/_\{[^{}]*\}$/, `_{n${subscripts(factor.index.slice(1))}}`);
    return factor.symbol.replaceAll(cell, over);
  });
  return String.raw`${cellLatex(symbols, value, index)} = \sum_{n} ${factors.join(String.raw` \cdot `)}`;
}
