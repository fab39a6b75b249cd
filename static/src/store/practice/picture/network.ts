import type { Blank, GivenNumber, Run, RunLayer, ValueName } from "../../../api/types";

/**
 * The network of an exercise, with nothing in it but what is given and what is asked: whatever else a unit or an edge
 * could say would give the answer away.
 */
export interface ExercisePicture {
  width: number;
  height: number;
  columns: { title: string; x: number }[];
  /** caption: what the value of a node is called, beside it. */
  units: { x: number; y: number; title: string; caption?: string; asked: string[] }[];
  /** via: bends on the way. asked: fields at this place. */
  edges: { from: Point; via?: Point[]; to: Point; lit: boolean; asked: string[] }[];
  marks: Mark[];
}
export interface Point {
  x: number;
  y: number;
}
/** Numbers and fields that belong to one place, below one another. */
export interface Mark extends Point {
  /** Whether they end at the point, stand around it, or begin there. */
  align: "above" | "middle" | "below";
  given: GivenNumber[];
  asked: Blank[];
}
export type Names = { readonly [value: string]: ValueName };
type Cell = { value: string; index: readonly number[] };

const MOST_COLUMNS = 14;
const MOST_UNITS = 8;
const PITCH = 244;
/** Beside the first and the last column there is room for a field. */
const EDGE = 92;
const TOP = 30;
export const GAP = 10;
/** Heights of a given number and of a field. */
const LINE = 30;
const FIELD = 36;
export const RADIUS = 15;
const LETTER = 8;
/** Half the width of a node, which grows with what is written in it. */
export const halfOf = (title: string) => Math.max(RADIUS, (title.length * LETTER) / 2 + 8);
/** Where on an edge its number may stand: the middle first. */
const ALONG = [0.5, 0.4, 0.6, 0.32, 0.68, 0.24, 0.76];
/** How far beside it, where there is no room on it. */
const ASIDE = [0, -40, 40, -80, 80];

/** Where a cell stands: at a unit, before or behind its activation, or on the edge between two units. */
interface Spot {
  column: number;
  unit: number;
  from: number | null;
  gradient: boolean;
}

const sizesOf = ({ layers }: Pick<Run, "layers">) => [
  layers[0]!.fan_in,
  ...layers.map(({ units }) => units),
  1,
];

/** A picture of a net for which `unpictured` has no reason against it. */
export function pictureOf(
  run: Run,
  names: Names,
  given: readonly GivenNumber[],
  ask: readonly Blank[],
): ExercisePicture {
  const sizes = sizesOf(run);
  return drawn(
    run,
    sizes,
    grouped(given, ask, (cell) => spot(run.layers, names[cell.value], cell, sizes)),
  );
}

/** Why a net is not drawn, in a sentence; empty where it is. */
export function unpictured(run: Run, names: Names, ask: readonly Blank[]): string {
  if (!isRow(run.layers))
    return "This net is no plain row of layers of units, so its numbers stand in lists.";
  const sizes = sizesOf(run);
  const most = Math.max(...sizes);
  if (most > MOST_UNITS)
    return `A layer here has ${most} units; with their numbers ${MOST_UNITS} can be drawn, so they stand in lists.`;
  if (sizes.length > MOST_COLUMNS)
    return `This net has ${run.layers.length} layers; with their numbers ${MOST_COLUMNS - 2} can be drawn, so they stand in lists.`;
  const homeless = ask.find((blank) => !spot(run.layers, names[blank.value], blank, sizes));
  return homeless ? `“${homeless.label}” belongs to no single unit or weight, so nothing is drawn.` : "";
}

/** Whether a given number has a place in the picture; the others are listed. */
export const isPlaced = (run: Run, names: Names, cell: Cell): boolean =>
  spot(run.layers, names[cell.value], cell, sizesOf(run)) !== null;

const isRow = (layers: readonly RunLayer[]) =>
  layers.length > 0 &&
  layers.every(({ shape, inputs }, i) => shape.length === 1 && (i === 0 || inputs.length <= 1));

function spot(
  layers: readonly RunLayer[],
  name: ValueName | undefined,
  { index }: Cell,
  sizes: number[],
): Spot | null {
  if (!name || name.moment) return null;
  const gradient = name.gradient !== "";
  const last = sizes.length - 1;
  if (name.subject === "loss" || name.subject === "target" || name.layer === "loss")
    return { column: last, unit: 0, from: null, gradient };
  const column = name.subject === "x" ? 0 : 1 + layers.findIndex((layer) => layer.name === name.layer);
  if (name.subject !== "x" && column === 0) return null;
  const edge = name.key === "weight" && index.length === 2 && layers[column - 1]?.type === "dense";
  const unit = edge ? index[0]! : index.at(-1);
  const from = edge ? index[1]! : null;
  if (unit === undefined || index.length > 2 || unit >= sizes[column]!) return null;
  return { column, unit, from, gradient };
}

interface Group {
  spot: Spot;
  given: GivenNumber[];
  asked: Blank[];
}

/** What stands at one place: on an edge all, at a unit the gradients above it and the rest below. */
function grouped(
  given: readonly GivenNumber[],
  ask: readonly Blank[],
  spotOf: (cell: Cell) => Spot | null,
): Group[] {
  const groups = new Map<string, Group>();
  const at = (cell: Cell): Group | null => {
    const found = spotOf(cell);
    if (!found) return null;
    const { column, unit, from, gradient } = found;
    const key = [column, unit, from, from === null && gradient].join();
    const group = groups.get(key) ?? { spot: found, given: [], asked: [] };
    groups.set(key, group);
    return group;
  };
  for (const number of given) at(number)?.given.push(number);
  for (const blank of ask) at(blank)?.asked.push(blank);
  return [...groups.values()];
}

function drawn(run: Run, sizes: readonly number[], groups: readonly Group[]): ExercisePicture {
  const heights = sizes.map((count, column) =>
    Array.from({ length: count }, (_, unit) => roomOf(groups, column, unit)),
  );
  const tall = heights.map((column) => column.reduce((sum, { above, below }) => sum + above + below, 0));
  const height = TOP + Math.max(...tall) + GAP;
  /** The centre of a unit: columns are centred, and each unit has the room that its numbers need. */
  const place = (column: number, unit: number): Point => {
    const before = heights[column]!.slice(0, unit).reduce((sum, { above, below }) => sum + above + below, 0);
    const y = TOP + (height - TOP - tall[column]!) / 2 + before + heights[column]![unit]!.above;
    return { x: EDGE + column * PITCH, y };
  };
  const fields = (match: (spot: Spot) => boolean) =>
    groups.flatMap(({ spot: s, asked }) => (match(s) ? asked.map(({ field }) => field) : []));
  const titles = ["input", ...run.layers.map(({ title }) => title), "loss"];
  return {
    ...{ width: 2 * EDGE + (sizes.length - 1) * PITCH, height },
    columns: titles.map((title, column) => ({ title, x: place(column, 0).x })),
    units: sizes.flatMap((count, column) =>
      Array.from({ length: count }, (_, unit) => ({
        ...place(column, unit),
        title: column === sizes.length - 1 ? "L" : "",
        asked: fields((s) => s.from === null && s.column === column && s.unit === unit),
      })),
    ),
    edges: edgesOf(run.layers, sizes, place, fields, groups),
    marks: marksOf(groups, place),
  };
}

function edgesOf(
  layers: readonly RunLayer[],
  sizes: readonly number[],
  place: (column: number, unit: number) => Point,
  fields: (match: (spot: Spot) => boolean) => string[],
  groups: readonly Group[],
): ExercisePicture["edges"] {
  return sizes.slice(1).flatMap((count, i) => {
    const dense = layers[i]?.type === "dense" || i === layers.length;
    return Array.from({ length: count }, (_, to) =>
      Array.from({ length: sizes[i]! }, (_, from) => ({ from, to })),
    )
      .flat()
      .filter(({ from, to }) => dense || from === to)
      .map(({ from, to }) => {
        const here = (s: Spot) => s.column === i + 1 && s.from === from && s.unit === to;
        const lit = groups.some(({ spot: s }) => here(s));
        return { from: place(i, from), to: place(i + 1, to), lit, asked: fields(here) };
      });
  });
}

/** How much room a unit takes above and below its centre. */
function roomOf(groups: readonly Group[], column: number, unit: number): { above: number; below: number } {
  const lines = (gradient: boolean) =>
    groups
      .filter(({ spot: s }) => s.from === null && s.column === column && s.unit === unit)
      .filter(({ spot: s }) => s.gradient === gradient)
      .reduce((sum, group) => sum + heightOf(group), 0);
  return { above: RADIUS + GAP + lines(true), below: RADIUS + GAP + lines(false) };
}

type Placed = Mark & { width: number; height: number };

/** Numbers of units stand above and below them, those of edges on these, where they cover nothing. */
function marksOf(groups: readonly Group[], place: (column: number, unit: number) => Point): Mark[] {
  const placed: Placed[] = [];
  for (const group of groups.filter(({ spot: s }) => s.from === null)) placed.push(unitMark(group, place));
  for (const group of groups.filter(({ spot: s }) => s.from !== null)) {
    const tried = ASIDE.flatMap((aside) => ALONG.map((along) => edgeMark(group, along, aside, place)));
    placed.push(tried.find((mark) => !placed.some((other) => overlap(mark, other))) ?? tried[0]!);
  }
  return placed;
}

function unitMark({ spot: s, given, asked }: Group, place: (column: number, unit: number) => Point): Placed {
  const { x, y } = place(s.column, s.unit);
  const size = sizeOf({ given, asked });
  const edge = RADIUS + 4;
  return {
    x,
    y: s.gradient ? y - edge : y + edge,
    align: s.gradient ? "above" : "below",
    given,
    asked,
    ...size,
  };
}

function edgeMark(
  { spot: s, given, asked }: Group,
  along: number,
  aside: number,
  place: (column: number, unit: number) => Point,
): Placed {
  const [start, end] = [place(s.column - 1, s.from!), place(s.column, s.unit)];
  const at = { x: start.x + along * (end.x - start.x), y: start.y + along * (end.y - start.y) + aside };
  return { ...at, align: "middle", given, asked, ...sizeOf({ given, asked }) };
}

export const heightOf = ({ given, asked }: Pick<Group, "given" | "asked">) =>
  given.length * LINE + asked.length * FIELD;
export const sizeOf = (group: Pick<Group, "given" | "asked">) => ({
  width: group.asked.length ? 160 : 116,
  height: heightOf(group),
});

function overlap(one: Placed, other: Placed): boolean {
  const middle = ({ y, align, height }: Placed) =>
    y + (align === "above" ? -height / 2 : align === "below" ? height / 2 : 0);
  const across = Math.abs(one.x - other.x) < (one.width + other.width) / 2;
  return across && Math.abs(middle(one) - middle(other)) < (one.height + other.height) / 2;
}
