/** Ink, grey, pale: the classes of a target, told apart without a third colour. The last is for rows without one. */
const SHARES = [100, 50, 22, 74, 36];
export const shade = (label: number): string => {
  const share = SHARES[label];
  return share === undefined ? "none" : `color-mix(in srgb, var(--ink) ${share}%, var(--card))`;
};
