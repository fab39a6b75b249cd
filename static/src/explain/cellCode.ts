import type { Cell, Program } from "../api/types";

/** Name of a cell in code, with Python's own indices: `dW2[2, 1]`. */
export function cellCode(symbols: Program["symbols"], { value, index }: Cell): string {
  const name = symbols[value]?.code ?? value;
  return index.length ? `${name}[${index.join(", ")}]` : name;
}
