import uPlot from "uplot";
import {
  drawMarks,
  drawPlayhead,
  LINES,
  type LineKind,
  type LossPicture,
  splitsOf,
  splitText,
} from "./lossMarks";

/** Not the numbers' face: it has no raised digits that could be read at this size. */
const FONT = "11px Inter, sans-serif";
/** Room for the longest mark, and the gap behind it. */
const LEFT = 42;
const RIGHT = 12;
const TOP = 5;
const BOTTOM = 18;
const NOTHING = { range: [0, 1], log: false } as const;
const EMPTY: uPlot.AlignedData = [[], [], [], [], []];

/** Where an iteration lies, in pixels from the chart's left edge. */
export const leftOf = (iteration: number, end: number, width: number): number =>
  LEFT + (iteration / Math.max(1, end)) * Math.max(0, width - LEFT - RIGHT);

/** So close to a line the pointer points at it, in pixels. */
const NEAR = 6;

/** What the pointer points at: an iteration, and the ghost whose line is there, counted from the first. */
export interface Pointed {
  iteration: number;
  ghost: number | null;
}

/** A uPlot that is told whole pictures. It holds no data of its own and never animates. */
export class LossPlot {
  readonly #plot: uPlot;
  #picture: LossPicture | null = null;
  #ghosts = 0;

  constructor(element: HTMLElement, width: number, height: number, point: (pointed: Pointed | null) => void) {
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

  /** The iteration under a place, in pixels from the left edge of what is drawn over. */
  iterationAt(left: number): number {
    return this.#plot.posToVal(left, "x");
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

  #options(width: number, height: number, point: (pointed: Pointed | null) => void): uPlot.Options {
    return {
      width,
      height,
      padding: [TOP, RIGHT, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: false, range: () => [this.#picture?.start ?? 0, this.#picture?.end ?? 1] },
        y: { range: () => this.#picture?.range ?? [0, 1] },
      },
      axes: [this.#across(), this.#up()],
      series: [{}, this.#line("batch"), this.#line("smooth"), this.#line("test"), this.#line("train")],
      hooks: {
        draw: [
          (plot) => {
            if (!this.#picture) return;
            drawMarks(plot, this.#picture, uPlot.pxRatio);
            drawPlayhead(plot, this.#picture, uPlot.pxRatio);
          },
        ],
        setCursor: [(plot) => point(this.#pointed(plot))],
      },
    };
  }

  #pointed(plot: uPlot): Pointed | null {
    const { left, top } = plot.cursor;
    if (left === undefined || left < 0) return null;
    const iteration = Math.max(0, Math.round(plot.posToVal(left, "x")));
    return { iteration, ghost: this.#ghostAt(plot, iteration, top ?? -1) };
  }

  #ghostAt(plot: uPlot, iteration: number, top: number): number | null {
    const count = this.#picture?.ghosts ?? 0;
    const at = plot.data[0].indexOf(iteration);
    // What is spare stands before what is drawn.
    const distances = plot.data.slice(1 + this.#ghosts - count, 1 + this.#ghosts).map((line) => {
      const y = line[at];
      return y === null || y === undefined ? Number.POSITIVE_INFINITY : Math.abs(plot.valToPos(y, "y") - top);
    });
    const nearest = Math.min(NEAR, ...distances);
    const found = distances.indexOf(nearest);
    return found < 0 ? null : found;
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
      splits: () => splitsOf(this.#picture ?? NOTHING),
      values: (_, marks) => marks.map((mark) => splitText(this.#picture ?? NOTHING, mark)),
    };
  }

  #line(kind: LineKind): uPlot.Series {
    const { colour, ...look } = LINES[kind];
    return {
      ...look,
      stroke: () => this.#colour(colour),
      points: { show: false },
      spanGaps: false,
      pxAlign: 0,
    };
  }
}
