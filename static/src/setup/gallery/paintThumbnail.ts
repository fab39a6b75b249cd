import type { Thumbnail, Value } from "../../api/types";
import { divergingTable, type Palette } from "../../common/colour";

/** What a small picture is drawn with. */
export interface Brush {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  colours: Palette;
  dark: boolean;
}
type Paint = (brush: Brush, thumbnail: Thumbnail) => void;

const INSET = 8;
/** Decades that bars span: the same in all of them, so that they can be compared. */
const DECADES = 8;
const TOKENS = { columns: 5, rows: 4 };

export function paintThumbnail(brush: Brush, thumbnail: Thumbnail): void {
  brush.context.clearRect(0, 0, brush.width, brush.height);
  PAINTS[thumbnail.kind](brush, thumbnail);
}

const PAINTS: Record<Thumbnail["kind"], Paint> = {
  plane(brush, { values, points }) {
    // a square picture is cut to the tile, not squeezed
    const side = Math.max(brush.width, brush.height);
    const box = { x: (brush.width - side) / 2, y: (brush.height - side) / 2, width: side, height: side };
    matrix(brush, box, values, 1, true);
    for (const [x, y, label] of rows(points)) {
      dot(
        brush,
        box.x + x! * side,
        box.y + (1 - y!) * side,
        2.2,
        label! > 0 ? brush.colours.positive : brush.colours.negative,
      );
    }
  },
  classes(brush, { points }) {
    for (const [x, y, label] of rows(points)) mark(brush, ...place(brush, x!, y!), label!);
  },
  curve(brush, { values, points }) {
    for (const [x, y, test] of rows(points)) {
      const [left, top] = place(brush, x!, y!);
      if (test) ring(brush, left, top, 2);
      else dot(brush, left, top, 2.2, brush.colours.mute);
    }
    const across = values.data.length - 1;
    line(
      brush,
      Array.from(values.data, (y, i) => place(brush, i / across, y)),
      brush.colours.ink,
      1.8,
    );
  },
  bars(brush, { values }) {
    const width = (brush.width - 2 * INSET) / values.data.length;
    brush.context.fillStyle = brush.colours.backward;
    values.data.forEach((norm, i) => {
      const share = Math.max(0.02, 1 + Math.log10(Math.max(norm, 1e-300)) / DECADES);
      const height = Math.min(1, share) * (brush.height - 2 * INSET);
      brush.context.fillRect(
        INSET + i * width + width * 0.1,
        brush.height - INSET - height,
        width * 0.8,
        height,
      );
    });
  },
  lines(brush, { values }) {
    const [series = 1, length = 1] = values.shape;
    // one loss that explodes would flatten all others: what is above eight times the first is above the picture
    const top = 2 * Math.max(...Array.from({ length: series }, (_, s) => values.data[s * length]!));
    for (let s = 0; s < series; s++) {
      const row = values.data.subarray(s * length, (s + 1) * length);
      const way = Array.from(row, (y, i) => place(brush, i / (length - 1), Math.min(y / top, 2)));
      line(brush, way, s ? brush.colours.mute : brush.colours.ink, 1.6, s ? [3, 2] : []);
    }
  },
  matrices(brush, { values }) {
    const [count = 1, height = 1, width = 1] = values.shape;
    const columns = bestColumns(brush, count, width / height);
    const lines = Math.ceil(count / columns);
    const cell = Math.min(
      (brush.width - 2 * INSET) / columns,
      ((brush.height - 2 * INSET) / lines) * (width / height),
    );
    const size = { width: cell - 3, height: (cell - 3) * (height / width) };
    const [left, top] = [(brush.width - columns * cell) / 2, (brush.height - lines * (size.height + 3)) / 2];
    const scale = Math.max(...values.data.map(Math.abs)) || 1;
    for (let i = 0; i < count; i++) {
      const box = {
        x: left + (i % columns) * cell,
        y: top + Math.floor(i / columns) * (size.height + 3),
        ...size,
      };
      const data = values.data.subarray(i * height * width, (i + 1) * height * width);
      matrix(brush, box, { shape: [height, width], data }, scale, false);
    }
  },
  tokens(brush, { names }) {
    const { context, colours } = brush;
    const [width, height] = [brush.width / TOKENS.columns, brush.height / TOKENS.rows];
    context.font = `${Math.round(height * 0.55)}px "JetBrains Mono", monospace`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    names.slice(0, TOKENS.columns * TOKENS.rows).forEach((text, i) => {
      const [x, y] = [(i % TOKENS.columns) * width, Math.floor(i / TOKENS.columns) * height];
      context.fillStyle = colours.hair;
      context.fillRect(x + 1.5, y + 1.5, width - 3, height - 3);
      context.fillStyle = colours.ink;
      context.fillText(text, x + width / 2, y + height / 2 + 1);
    });
  },
  graph(brush, { values, points }) {
    const nodes = rows(points);
    const deep = Math.max(...nodes.map(([depth]) => depth!));
    const tall = new Map<number, number>();
    for (const [depth, row] of nodes) tall.set(depth!, Math.max(tall.get(depth!) ?? 0, row! + 1));
    const at = nodes.map(([depth, row]) =>
      place(brush, depth! / (deep || 1), 1 - (row! + 0.5) / tall.get(depth!)!),
    );
    for (const [from, to] of rows(values)) line(brush, [at[from!]!, at[to!]!], brush.colours.backward, 1);
    at.forEach(([x, y], i) => {
      dot(brush, x, y, 3, brush.colours.card);
      ring(brush, x, y, 3, i === at.length - 1 ? brush.colours.ink : brush.colours.mute);
    });
  },
  path(brush, { points }) {
    line(
      brush,
      rows(points).map(([x, y]) => place(brush, x!, y!)),
      brush.colours.update,
      1.6,
    );
    const [x, y] = place(brush, ...(rows(points).at(-1) as [number, number]));
    dot(brush, x, y, 2.6, brush.colours.ink);
  },
};

type Point = [number, number];
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How many columns leave the matrices largest. */
function bestColumns({ width, height }: Brush, count: number, aspect: number): number {
  const sizes = Array.from({ length: count }, (_, i) =>
    Math.min(width / (i + 1), (height / Math.ceil(count / (i + 1))) * aspect),
  );
  return sizes.indexOf(Math.max(...sizes)) + 1;
}

function rows({ shape, data }: Value): number[][] {
  const [count = 0, width = 1] = shape;
  return Array.from({ length: count }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
}

/** From places between 0 and 1, the second upwards. */
const place = ({ width, height }: Brush, x: number, y: number): Point => [
  INSET + x * (width - 2 * INSET),
  height - INSET - y * (height - 2 * INSET),
];

function matrix(
  { context, dark }: Brush,
  box: Box,
  { shape, data }: Value,
  scale: number,
  up: boolean,
): void {
  const [height = 1, width = 1] = shape;
  const table = divergingTable(dark);
  const [w, h] = [box.width / width, box.height / height];
  data.forEach((value, i) => {
    const k = 4 * Math.round(((Math.max(-1, Math.min(1, value / scale)) + 1) / 2) * 255);
    const row = Math.floor(i / width);
    context.fillStyle = `rgb(${table[k]} ${table[k + 1]} ${table[k + 2]})`;
    // a pixel wider, so that no seam shows between two cells
    context.fillRect(box.x + (i % width) * w, box.y + (up ? height - 1 - row : row) * h, w + 1, h + 1);
  });
}

function line({ context }: Brush, way: Point[], colour: string, width: number, dash: number[] = []): void {
  context.beginPath();
  for (const [i, [x, y]] of way.entries()) i ? context.lineTo(x, y) : context.moveTo(x, y);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

function dot({ context, colours }: Brush, x: number, y: number, radius: number, colour: string): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 0.7;
  context.strokeStyle = colours.card;
  context.stroke();
}

function ring(
  { context, colours }: Brush,
  x: number,
  y: number,
  radius: number,
  colour = colours.mute,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.lineWidth = 1.2;
  context.strokeStyle = colour;
  context.stroke();
}

/** Filled, hollow, cross: three classes without a third colour. */
function mark(brush: Brush, x: number, y: number, label: number): void {
  if (label === 0) dot(brush, x, y, 2.2, brush.colours.ink);
  else if (label === 1) ring(brush, x, y, 2, brush.colours.mute);
  else cross(brush, x, y);
}

function cross(brush: Brush, x: number, y: number): void {
  for (const tilt of [1, -1]) {
    const way: Point[] = [
      [x - 2, y - 2 * tilt],
      [x + 2, y + 2 * tilt],
    ];
    line(brush, way, brush.colours.mute, 1.2);
  }
}
