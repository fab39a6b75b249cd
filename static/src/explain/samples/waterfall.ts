import type { SampleShares } from "../../api/types";
import { signed } from "../../common/format";

/** One row of the waterfall: a sample, or without one those that are not listed. Places are in percent of the width. */
export interface Bar {
  sample: number | null;
  count: number;
  share: number;
  loss: number | null;
  residual: number | null;
  left: number;
  width: number;
  zero: number;
  end: number;
}

/** Each starts where the last one ended; the widest reach of all is the width. */
export function bars({ shares, rest, total }: SampleShares): Bar[] {
  const rows = shares.map(({ sample, share, so_far, loss, residual }) => ({
    sample: sample as number | null,
    count: 1,
    share,
    to: so_far,
    loss,
    residual,
  }));
  if (rest.count)
    rows.push({
      sample: null,
      count: rest.count,
      share: rest.product,
      to: total,
      loss: null,
      residual: null,
    });
  const ends = [0, ...rows.map(({ to }) => to)].filter(Number.isFinite);
  const low = Math.min(...ends);
  const reach = Math.max(...ends) - low || 1;
  const place = (number: number) => (Number.isFinite(number) ? (100 * (number - low)) / reach : 0);
  let from = 0;
  return rows.map(({ to, ...row }) => {
    const [start, end] = [place(from), place(to)];
    from = to;
    return { ...row, left: Math.min(start, end), width: Math.abs(end - start), zero: place(0), end };
  });
}

/** A number of the table with as many places as all of them have. */
export const numberIn = ({ decimals, exponent }: SampleShares, number: number): string =>
  Number.isFinite(number) ? fixed(number / 10 ** exponent, decimals) : signed(number);

function fixed(number: number, decimals: number): string {
  const text = Math.abs(number).toFixed(decimals);
  return `${number < 0 && Number(text) !== 0 ? "−" : "+"}${text}`;
}

/** What all numbers of the table are multiplied by, in LaTeX; nothing where that is 1. */
export const unitOf = ({ exponent }: SampleShares): string =>
  exponent ? String.raw`\times 10^{${exponent}}` : "";
