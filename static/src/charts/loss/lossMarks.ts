import type uPlot from "uplot";
import type { Palette } from "../../common/colour";
import { format, powerOfTen } from "../../common/format";
import { type CourseMarks, pixels, rateShares } from "../../common/runEvents";
import { decadeMarks } from "./lossScale";

/** Everything that the chart shows at a moment. */
export interface LossPicture {
  /** The common axis, then the ghosts, then batch, smoothed batch, test and train. */
  data: uPlot.AlignedData;
  ghosts: number;
  start: number;
  end: number;
  range: [number, number];
  log: boolean;
  playhead: number;
  marks: CourseMarks;
  colours: Palette;
}

/** How each line is drawn: the loss over the training set as the one that counts. */
export const LINES: Record<LineKind, Look> = {
  ghost: { colour: "mute", width: 1, dash: [3, 3], alpha: 0.7 },
  batch: { colour: "mute", width: 1, alpha: 0.45 },
  smooth: { colour: "mute", width: 2 },
  test: { colour: "mute", width: 1.5, dash: [6, 2] },
  train: { colour: "ink", width: 1.5 },
};
export type LineKind = "ghost" | "batch" | "smooth" | "test" | "train";
type Look = { colour: "ink" | "mute"; width: number; dash?: number[]; alpha?: number };

/** What drawing over a chart needs of it. */
export type Plot = Pick<uPlot, "ctx" | "bbox" | "valToPos">;
type Scaled = Readonly<{ range: readonly [number, number]; log: boolean }>;

/** Where the loss axis has its lines: at the ends and in the middle, or at a few whole decades. */
export const splitsOf = ({ range: [low, high], log }: Scaled): number[] =>
  log ? decadeMarks(low, high, 4) : [low, (low + high) / 2, high];

export const splitText = ({ log }: Scaled, mark: number): string => (log ? powerOfTen(mark) : short(mark));

/** So many characters have room beside the chart. */
export const MARK_LENGTH = 6;

/** A mark in few characters: "0.25", "1e+08". */
function short(mark: number): string {
  const plain = String(Number(mark.toPrecision(2)));
  const small = mark !== 0 && Math.abs(mark) < 1e-3;
  return Math.abs(mark) >= 1e4 || small || plain.length > MARK_LENGTH ? format(mark, 1) : plain;
}

/** Where the cursor is: a line of ink with a dot on top. */
export function drawPlayhead(
  plot: Plot,
  { playhead, start, end, colours }: LossPicture,
  ratio: number,
): void {
  if (playhead < start || playhead > end) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(playhead, "x", true));
  ctx.save();
  ctx.fillStyle = colours.ink;
  ctx.fillRect(x - ratio / 2, bbox.top, ratio, bbox.height);
  ctx.beginPath();
  ctx.arc(x, bbox.top, 3 * ratio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.restore();
}

/** Of a tick where clipping acted, in pixels of the page. */
const TICK = 3;
/** The learning rate's line ends a little below the top. */
const ROOM = 0.06;

/** Rate, clipping and the end of training, over the plot and in the colour of the update that they belong to. */
export function drawMarks(plot: Plot, { marks, start, end, colours }: LossPicture, ratio: number): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = ctx.fillStyle = colours.update;
  ctx.lineWidth = ratio;
  if (marks.rate) drawRate(plot, marks.rate);
  const clipped = marks.clipped.filter((t) => t >= start && t <= end).map((t) => t - start);
  for (const x of pixels(clipped, end - start, bbox.width))
    ctx.fillRect(bbox.left + x - ratio / 2, bbox.top + bbox.height - TICK * ratio, ratio, TICK * ratio);
  if (marks.stop) {
    const x = Math.round(plot.valToPos(marks.stop.iteration, "x", true));
    ctx.strokeStyle = colours.ink;
    ctx.setLineDash([2 * ratio, 2 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function drawRate(plot: Plot, rate: readonly number[]): void {
  const { ctx, bbox } = plot;
  const height = bbox.height * (1 - ROOM);
  ctx.beginPath();
  rateShares(rate).forEach((share, t) => {
    if (share !== null) ctx.lineTo(plot.valToPos(t, "x", true), bbox.top + bbox.height - share * height);
  });
  ctx.stroke();
}
