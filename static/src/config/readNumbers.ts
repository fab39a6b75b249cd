import type { Json } from "../api/types";

/** What was typed as a number, or why it is none that can be kept. */
export type Read = { number: number } | { mistake: string } | null;

/** Digits with a point or a comma, and an exponent: 0.05, ,5, 1e-3, 1_000. */
const PLAIN = /^[+-]?(?:\d[\d_]*(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?$/;
/** One comma and three digits behind it: 1,000 is one to some and a thousand to others; 0,125 is clear. */
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2},\d{3}$/;
const LARGEST = "1.8e308";

/** Accepts a real minus sign and other signs that are pasted, as well as those that keyboards have. */
export const ascii = (text: string) =>
  text
    .trim()
    .replaceAll("\u2212", "-")
    .replaceAll(/[\u00a0\u2009\u202f]/g, " ")
    .replaceAll(/[×·]/g, "*")
    .replaceAll("**", "^");

/** One number as people write it: 0,05, 1/3, 1e-3, 10^-3, 3*10^-4. Null for what is no number at all. */
export function readNumber(text: string): Read {
  const typed = ascii(text).replaceAll(/\s*([*/^])\s*/g, "$1");
  if (AMBIGUOUS.test(typed)) return { mistake: ambiguous(typed) };
  const x = fraction(typed);
  if (x === null) return null;
  if (Number.isNaN(x)) return { mistake: `${text.trim()} divides by 0.` };
  if (!Number.isFinite(x))
    return { mistake: `${text.trim()} is past the largest number, which is about ${LARGEST}.` };
  if (x === 0 && !hasZero(typed))
    return { mistake: `${text.trim()} is so close to 0 that it would become 0.` };
  return { number: x };
}

/** Whether a factor is written as 0, so that the product is meant to be. */
const hasZero = (text: string) =>
  text
    .split("/")[0]!
    .split("*")
    .some((factor) => !/[1-9]/.test(factor.split(/[eE^]/)[0]!));

function ambiguous(typed: string): string {
  const [whole, rest] = typed.split(",");
  return `${typed} can mean two numbers: type ${whole}${rest} or ${whole}.${rest}.`;
}

/** A product over a product; not a number where it divides by 0. */
function fraction(text: string): number | null {
  const parts = text.split("/");
  if (parts.length > 2) return null;
  const [over, under] = parts.map(product);
  if (over == null || under === null) return null;
  if (under === undefined) return over;
  return under === 0 ? Number.NaN : over / under;
}

function product(text: string): number | null {
  const factors = text.split("*").map(power);
  return factors.some((x) => x === null) ? null : factors.reduce<number>((all, x) => all * x!, 1);
}

/** −2^2 is −4: the sign belongs to the power. */
function power(text: string): number | null {
  const parts = text.split("^");
  if (parts.length === 1) return plain(text);
  const [base, exponent] = [plain(parts[0]!.replace(/^[+-]/, "")), plain(parts[1]!)];
  if (parts.length > 2 || base === null || exponent === null) return null;
  return text.startsWith("-") ? -(base ** exponent) : base ** exponent;
}

const plain = (text: string): number | null =>
  PLAIN.test(text) ? Number(text.replaceAll("_", "").replace(",", ".")) : null;

/** What stands around the numbers in a print of numpy, torch or jax: `tensor(..., dtype=torch.float64)`. */
const WRAPPED = /^(?:Parameter containing:\s*)?(?:\w+\.)*(?:array|asarray|tensor|Tensor|Parameter|Array)\(/;
const NAMED = /,\s*\w+\s*=\s*(?:<[^>]*>|'[^']*'|"[^"]*"|[\w.]+)/g;
const TOKEN = /[[(\])]|;|,|[^\s[\](),;]+/g;
type Nested = number | Nested[];

/** Numbers, lists and lists of lists, as JSON, Python, numpy, torch and MATLAB write them. */
export function readNested(text: string): { value: Json } | { mistake: string } | null {
  const bare = unwrapped(ascii(text));
  if (/\.\.\.|…/.test(bare)) return { mistake: "This print leaves numbers out (...): print all of them." };
  const rows = /[[(]/.test(bare) ? [bare] : bare.split(";");
  const read = rows.map((row) => list(rows.length > 1 ? withPoints(row) : row));
  if (read.some((row) => row === null)) return null;
  const mistake = read.map((row) => (row && "mistake" in row ? row.mistake : null)).find(Boolean);
  if (mistake) return { mistake };
  const values = read.map((row) => (row as { items: Nested[] }).items);
  return { value: (rows.length > 1 ? values : outermost(values[0]!)) as Json };
}

/** Where semicolons part the items, a comma within a number is a decimal one. */
const withPoints = (row: string) => row.replaceAll(/(\d),(?=\d)/g, "$1.");

/** Brackets around everything are the list itself. */
const outermost = (items: Nested[]): Nested[] =>
  items.length === 1 && Array.isArray(items[0]) ? items[0] : items;

function unwrapped(text: string): string {
  const inner = text.replace(WRAPPED, "(");
  return inner === text
    ? text
    : inner
        .replaceAll(NAMED, "")
        .replace(/^\(([\s\S]*)\)$/, "$1")
        .trim();
}

/** The items of a text, lists within lists; null where brackets do not match or something is no number. */
function list(text: string): { items: Nested[] } | { mistake: string } | null {
  const open: Nested[][] = [[]];
  for (const token of text.match(TOKEN) ?? []) {
    if (token === "," || token === ";") continue;
    if (token === "[" || token === "(") open.push([]);
    else if (token === "]" || token === ")") {
      const done = open.pop()!;
      if (open.length === 0) return null;
      open.at(-1)!.push(done);
    } else {
      const read = readNumber(token);
      if (read === null || "mistake" in read) return read;
      open.at(-1)!.push(read.number);
    }
  }
  return open.length === 1 ? { items: open[0]! } : null;
}
