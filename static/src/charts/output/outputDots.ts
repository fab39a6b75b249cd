import type { Palette } from "../../common/colour";

/** A sample in a picture. */
export interface Dot {
  /** Its row: training rows first. */
  row: number;
  /** In pixels from the picture's top left. */
  x: number;
  y: number;
  colour: string;
  /** Around the point, where its own colour may be as pale as what is behind it. */
  edge?: string;
  /** Not trained on: hollow. */
  test: boolean;
}

/** What is said of single rows beside their place. */
export interface Marks {
  batch: ReadonlySet<number>;
  chosen: number | null;
  lit: number | null;
}

const RADIUS = 3.5;
const BATCH_RADIUS = 4.5;
const TEST_RADIUS = 2.75;
const RING = 8;
/** A pointer this near to a point, in pixels, means it. */
const REACH = 10;

/** Sizes a canvas for the screen and gives its context in CSS pixels. */
export function prepared(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const context = canvas.getContext("2d");
  if (!context || width < 1 || height < 1) return null;
  const scale = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Points, those of the batch above the others, rings above all. */
export function drawDots(
  context: CanvasRenderingContext2D,
  dots: readonly Dot[],
  marks: Marks,
  colours: Palette,
): void {
  const inBatch = (dot: Dot) => !dot.test && marks.batch.has(dot.row);
  for (const dot of dots) if (!inBatch(dot)) drawDot(context, dot, dot.test ? TEST_RADIUS : RADIUS, colours);
  for (const dot of dots)
    if (inBatch(dot)) drawDot(context, { ...dot, edge: colours.ink }, BATCH_RADIUS, colours);
  for (const dot of dots) if (dot.row === marks.chosen) drawRing(context, dot, 2, colours);
  for (const dot of dots) if (dot.row === marks.lit) drawRing(context, dot, 1, colours);
}

function circle(context: CanvasRenderingContext2D, { x, y }: Dot, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

function drawDot(context: CanvasRenderingContext2D, dot: Dot, radius: number, colours: Palette): void {
  circle(context, dot, radius);
  context.fillStyle = dot.test ? colours.card : dot.colour;
  context.fill();
  context.lineWidth = dot.edge && dot.test ? 2 : 1;
  context.strokeStyle = dot.test ? dot.colour : (dot.edge ?? colours.card);
  context.stroke();
  if (dot.edge && dot.test) drawEdge(context, dot, radius + 1);
}

function drawEdge(context: CanvasRenderingContext2D, dot: Dot, radius: number): void {
  circle(context, dot, radius);
  context.lineWidth = 0.75;
  context.strokeStyle = dot.edge ?? dot.colour;
  context.stroke();
}

function drawRing(context: CanvasRenderingContext2D, dot: Dot, width: number, colours: Palette): void {
  circle(context, dot, RING);
  context.lineWidth = width + 2.5;
  context.strokeStyle = colours.card;
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = colours.ink;
  context.stroke();
}

/** The point that a pointer means: the nearest one close by; of the batch's rather than another. */
export function dotAt(dots: readonly Dot[], x: number, y: number, batch: ReadonlySet<number>): Dot | null {
  let best: Dot | null = null;
  let least = REACH;
  for (const dot of dots) {
    const preferred = !dot.test && batch.has(dot.row) ? 2 : 0;
    const distance = Math.hypot(dot.x - x, dot.y - y) - preferred;
    if (distance < least) [best, least] = [dot, distance];
  }
  return best;
}
