import type { Lane } from "../../store/moments/family.svelte";

/** Pixels of a lane. */
export const ROW = 22;
/** Lanes drawn above and below those in sight, so that scrolling shows no gap. */
const SPARE = 4;

/** Which lanes are drawn, of however many: those in sight. */
export function inSight(top: number, height: number, lanes: number): { first: number; last: number } {
  return {
    first: Math.max(0, Math.floor(top / ROW) - SPARE),
    last: Math.min(lanes, Math.ceil((top + height) / ROW) + SPARE),
  };
}

export const middle = (i: number): number => i * ROW + ROW / 2;

/** Down from the parent's lane, then along its own. */
export function lanePath({ parent, from }: Lane, i: number, to: number, x: (t: number) => number): string {
  if (parent === null) return `M0 ${middle(i)}H${x(to)}`;
  return `M${x(from)} ${middle(parent)}V${middle(i) - 5}q0 5 5 5H${Math.max(x(from) + 6, x(to))}`;
}

/** Where ways down to lanes below begin or pass, of what is in sight: one line a pixel, from the highest parent on. */
export function passing(
  lanes: readonly Lane[],
  last: number,
  x: (t: number) => number,
): [x: number, top: number][] {
  const found = new Map<number, number>();
  for (let i = last; i < lanes.length; i++) {
    const { parent, from } = lanes[i]!;
    if (parent === null || parent >= last) continue;
    const at = Math.round(x(from));
    found.set(at, Math.min(found.get(at) ?? parent, parent));
  }
  return [...found].map(([at, parent]) => [at, middle(parent)]);
}
