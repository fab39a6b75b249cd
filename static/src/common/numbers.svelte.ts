/** How numbers are written on every page: how many digits, and when as powers of ten. */
export const NOTATIONS = [
  { value: "auto", text: "as they fit", title: "Powers of ten only for the very small and the very large" },
  { value: "plain", text: "0.00123", title: "Never as powers of ten" },
  { value: "scientific", text: "1.23e\u221203", title: "Always as powers of ten" },
] as const;
export type Notation = (typeof NOTATIONS)[number]["value"];

/** Significant digits of a number that has room; where there is less room it has as many fewer as without a choice. */
export const DIGITS = [2, 3, 4, 5, 6] as const;
export const USUAL_DIGITS = 4;

export interface NumberStyle {
  digits: number;
  notation: Notation;
}

/** What is written at the moment: whatever shows a number is drawn again when this changes. */
class Numbers {
  style: NumberStyle = $state.raw({ digits: USUAL_DIGITS, notation: "auto" });
  /** No more than these, whatever is chosen: fewer where it is read from the last row of a hall. */
  most = $state(Number.POSITIVE_INFINITY);

  get digits(): number {
    return Math.min(this.style.digits, this.most);
  }
}
export const numbers = new Numbers();
