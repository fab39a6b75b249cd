/** Numbers as the studio writes them: fixed significant digits, a real minus sign, tabular, never a bare "NaN" lost. */

import { numbers, USUAL_DIGITS } from "./numbers.svelte";

const MINUS = "\u2212";
const INFINITY = "\u221e";

const minus = (text: string) => text.replace(/-/g, MINUS);

function special(x: number): string | null {
  if (Number.isNaN(x)) return "NaN";
  if (x === Number.POSITIVE_INFINITY) return INFINITY;
  return x === Number.NEGATIVE_INFINITY ? MINUS + INFINITY : null;
}

/** Fewer or more than a place has without a choice, never none. */
const chosen = (digits: number) => Math.max(1, digits + numbers.digits - USUAL_DIGITS);

/** What no plain number says: in powers of ten also where they are not wanted. */
const SMALLEST = 1e-12;
const LARGEST = 1e15;

/** Same number of significant digits everywhere; powers of ten only outside 1e-4..1e6, unless chosen otherwise. */
export function format(x: number, digits = 4): string {
  const word = special(x);
  if (word !== null) return word;
  if (x === 0) return "0";
  return minus(asPower(Math.abs(x), 1e-4, 1e6) ? power(x, chosen(digits)) : plain(x, chosen(digits)));
}

function asPower(size: number, from: number, to: number): boolean {
  const { notation } = numbers.style;
  if (notation === "auto") return size < from || size >= to;
  return notation === "scientific" || size < SMALLEST || size >= LARGEST;
}

/** The most digits, up to these, with which a number takes no more than so many characters; one digit at the least. */
export function fitting(x: number, characters: number, digits = 4): string {
  const text = format(x, digits);
  return text.length <= characters || digits === 1 ? text : fitting(x, characters, digits - 1);
}

function plain(x: number, digits: number): string {
  const text = x.toPrecision(digits);
  if (!text.includes("e")) return text;
  if (Math.abs(x) >= 1) return String(Math.round(x));
  return x.toFixed(digits - 1 - Math.floor(Math.log10(Math.abs(x))));
}

const power = (x: number, digits: number) =>
  x
    .toExponential(digits - 1)
    .replace(/e([+-])(\d)$/, (_, sign, digit) => `e${sign === "-" ? "-" : "+"}0${digit}`);

/** With its sign always shown, a fixed number of decimals: for values beside units ("+0.278"). */
export function signed(x: number, decimals = 3): string {
  const word = special(x);
  if (word !== null) return x > 0 ? `+${word}` : word;
  const size = Math.abs(x);
  const sign = x < 0 ? MINUS : "+";
  if (asPower(size, 0, 1e4)) return sign + minus(power(size, chosen(decimals)));
  return sign + size.toFixed(size >= 1000 ? Math.max(0, chosen(decimals) - 2) : chosen(decimals));
}

/** As a power of ten ("1.22e−01") unless plain ones were chosen: for columns of gradient norms. */
export function scientific(x: number, digits = 3): string {
  if (numbers.style.notation === "plain") return format(x, digits);
  return special(x) ?? (x === 0 ? "0" : minus(power(x, chosen(digits))));
}

const DECIMAL = /(?<![\w.])\d+\.\d+(?![\w.])/g;

/** A text or formula whose numbers have two decimals, or where those would be little or nothing, two digits that count. */
export function rounded(text: string): string {
  return text.replace(DECIMAL, (number) => {
    const [x, decimals] = [Number(number), number.length - number.indexOf(".") - 1];
    if (decimals <= 2) return number;
    return x >= 0.1 || x === 0 ? x.toFixed(2) : x.toPrecision(2);
  });
}

/** An angle in degrees, to a tenth; "<0.1°" where it is smaller than that but not 0. */
export const degrees = (x: number): string =>
  special(x) ?? (x > 0 && x < 0.1 ? "<0.1°" : `${x === 0 ? 0 : x.toFixed(1)}°`);

/** A whole number with thin spaces between thousands. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");

export const percent = (x: number, decimals = 1): string => special(x) ?? `${(100 * x).toFixed(decimals)} %`;

/** "10 × 4", "4", "scalar". */
export const shapeText = (shape: number[]): string =>
  shape.length === 0 ? "()" : `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** What a field shows for a number it holds: JavaScript's shortest text that reads back the same. */
export const exact = (x: number): string => String(x);

const MINUTE = 60;

/** How long something still takes, in words; nothing where that is not known, or no longer worth a word. */
export function timeLeft(seconds: number | null): string {
  if (seconds === null || seconds < 1) return "";
  const minutes = Math.round(seconds / MINUTE);
  return minutes >= 2 ? `about ${minutes} min left` : `about ${Math.ceil(seconds)} s left`;
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 10 to a whole power, as one writes it. */
export const powerOfTen = (decade: number): string =>
  decade === 0
    ? "1"
    : `10${decade < 0 ? "⁻" : ""}${[...String(Math.abs(decade))].map((d) => RAISED[Number(d)]).join("")}`;
