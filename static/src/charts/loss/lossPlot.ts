import uPlot from "uplot";
import type { Palette } from "../../common/colour";
import { format } from "../../common/format";
import { type CourseMarks, pixels, rateShares } from "../../common/runEvents";
import { decadeMarks, powerOfTen } from "./lossScale";

/** Everything that the chart shows at a moment. */
export interface LossPicture {
  /** The common axis, then the ghosts, then batch, test and train. */
  data: uPlot.AlignedData;
  ghosts: number;
  end: number;
  range: [number, number];
  log: boolean;
  playhead: number;
  marks: CourseMarks;
  colours: Palette;
}

/** Not the numbers' face: it has no raised digits that could be read at this size. */
const FONT = "11px Inter, sans-serif";
const LEFT = 34;
const RIGHT = 12;
const TOP = 5;
const BOTTOM = 18;
const EMPTY: uPlot.AlignedData = [[], [], [], []];

/** Where an iteration lies, in pixels from the chart's left edge. */
export const leftOf = (iteration: number, end: number, width: number): number =>
  LEFT + (iteration / Math.max(1, end)) * Math.max(0, width - LEFT - RIGHT);

/** A uPlot that is told whole pictures. It holds no data of its own and never animates. */
export class LossPlot {
  readonly #plot: uPlot;
  #picture: LossPicture | null = null;
  #ghosts = 0;

  constructor(
    element: HTMLElement,
    width: number,
    height: number,
    point: (iteration: number | null) => void,
  ) {
    this.#plot = new uPlot(this.#options(width, height, point), EMPTY, element);
  }

  show(picture: LossPicture): void {
    this.#picture = picture;
    for (; this.#ghosts < picture.ghosts; this.#ghosts++) this.#plot.addSeries(this.#line("ghost"), 1);
    const [axis, ...columns] = picture.data;
    // uPlot cannot take a line away again while its cursor has no points: one that is over stays, and is empty.
    const spare = Array.from({ length: this.#ghosts - picture.ghosts }, () =>
      new Array<undefined>(axis.length).fill(undefined),
    );
    this.#plot.setData([axis, ...spare, ...columns]);
  }

  resize(width: number, height: number): void {
    this.#plot.setSize({ width, height });
  }

  get over(): HTMLElement {
    return this.#plot.over;
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #options(width: number, height: number, point: (iteration: number | null) => void): uPlot.Options {
    return {
      width,
      height,
      padding: [TOP, RIGHT, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: false, range: () => [0, this.#picture?.end ?? 1] },
        y: { range: () => this.#picture?.range ?? [0, 1] },
      },
      axes: [this.#across(), this.#up()],
      series: [{}, this.#line("batch"), this.#line("test"), this.#line("train")],
      hooks: {
        draw: [
          (plot) => {
            if (this.#picture) drawMarks(plot, this.#picture);
            this.#drawPlayhead(plot);
          },
        ],
        setCursor: [(plot) => point(pointed(plot))],
      },
    };
  }

  #colour(name: "ink" | "mute" | "hair"): string {
    return this.#picture?.colours[name] ?? "transparent";
  }

  #across(): uPlot.Axis {
    return {
      size: BOTTOM,
      gap: 3,
      font: FONT,
      stroke: () => this.#colour("mute"),
      grid: { show: false },
      ticks: { show: false },
      space: 56,
      incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4],
      values: (_, marks) => marks.map(String),
    };
  }

  #up(): uPlot.Axis {
    return {
      size: LEFT,
      gap: 5,
      font: FONT,
      stroke: () => this.#colour("mute"),
      grid: { stroke: () => this.#colour("hair"), width: 1 },
      ticks: { show: false },
      splits: () => this.#marks(),
      values: (_, marks) => marks.map((mark) => (this.#picture?.log ? powerOfTen(mark) : short(mark))),
    };
  }

  #marks(): number[] {
    const [low, high] = this.#picture?.range ?? [0, 1];
    return this.#picture?.log ? decadeMarks(low, high, 4) : [low, (low + high) / 2, high];
  }

  #line(kind: "ghost" | "batch" | "test" | "train"): uPlot.Series {
    const stroke = () => this.#colour(kind === "train" ? "ink" : "mute");
    const line = { stroke, points: { show: false }, spanGaps: false, pxAlign: 0 };
    if (kind === "ghost") return { ...line, width: 1, dash: [3, 3], alpha: 0.7 };
    if (kind === "batch") return { ...line, width: 1, alpha: 0.45 };
    if (kind === "test") return { ...line, width: 1.5, dash: [6, 2] };
    return { ...line, width: 1.5 };
  }

  #drawPlayhead(plot: uPlot): void {
    if (!this.#picture) return;
    const { ctx, bbox } = plot;
    const x = Math.round(plot.valToPos(this.#picture.playhead, "x", true));
    ctx.save();
    ctx.fillStyle = this.#picture.colours.ink;
    ctx.fillRect(x - uPlot.pxRatio / 2, bbox.top, uPlot.pxRatio, bbox.height);
    ctx.beginPath();
    ctx.arc(x, bbox.top, 3 * uPlot.pxRatio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.restore();
  }
}

/** Of a tick where clipping acted, in pixels of the page. */
const TICK = 3;
/** The learning rate's line ends a little below the top. */
const ROOM = 0.06;

/** Rate, clipping and the end of training, over the plot and in the colour of the update that they belong to. */
function drawMarks(plot: uPlot, { marks, end, colours }: LossPicture): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = ctx.fillStyle = colours.update;
  ctx.lineWidth = ratio;
  if (marks.rate) drawRate(plot, marks.rate);
  for (const x of pixels(marks.clipped, end, bbox.width))
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

function drawRate(plot: uPlot, rate: readonly number[]): void {
  const { ctx, bbox } = plot;
  const height = bbox.height * (1 - ROOM);
  ctx.beginPath();
  rateShares(rate).forEach((share, t) => {
    if (share !== null) ctx.lineTo(plot.valToPos(t, "x", true), bbox.top + bbox.height - share * height);
  });
  ctx.stroke();
}

function pointed(plot: uPlot): number | null {
  const { left } = plot.cursor;
  return left === undefined || left < 0 ? null : Math.max(0, Math.round(plot.posToVal(left, "x")));
}

/** A mark in few characters: "0.25", "1e+08". */
const short = (mark: number): string =>
  Math.abs(mark) >= 1e4 || (mark !== 0 && Math.abs(mark) < 1e-3)
    ? format(mark, 1)
    : String(Number(mark.toPrecision(2)));
