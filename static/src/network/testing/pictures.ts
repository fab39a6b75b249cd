import type { Run, Value } from "../../api/types";
import { INKS, RecordingContext } from "../../testing/recordingContext";
import { layoutNetwork } from "../layout/layoutNetwork";
import type { Bundle, Column, Grid, Layout } from "../layout/types";
import { Bitmaps } from "../paint/bitmaps";
import type { Context, Picture } from "../paint/picture";
import type { BundleScene, ColumnScene, Scene } from "../paint/scene";

const SIDE = 20;
const CELL = 10;

/** A layout at round places, so that expectations can be read: columns 100 apart, units of 20 x 20 with 40 between. */
export function tidy(run: Run, steps: Parameters<typeof layoutNetwork>[1] = []): Layout {
  const layout = layoutNetwork(run, steps, 1200, 600);
  const columns = layout.columns.map(tidyColumn);
  const bundles = layout.bundles.map((bundle) => tidyBundle(bundle, columns));
  return { ...layout, columns, bundles, width: 100 * columns.length, height: 200 };
}

const tidyGrid = (grid: Grid | null): Grid | null =>
  grid && { ...grid, cellWidth: CELL, cellHeight: CELL, across: 1, gap: 5, between: grid.between && 6 };

function tidyColumn(column: Column): Column {
  const grid = tidyGrid(column.grid);
  const looks = tidyGrid(column.looks);
  const high = grid && column.kind !== "sequence" ? grid.rows * CELL : grid ? CELL : SIDE;
  const pitch = grid ? high + grid.gap : 2 * SIDE;
  const ys = column.ys.map((_, k) => 40 + k * pitch);
  const width = grid ? grid.columns * (CELL + grid.between) - grid.between : SIDE;
  return { ...column, grid, looks, x: 100 * column.index + 50, width, height: high, ys };
}

function tidyBundle(bundle: Bundle, columns: readonly Column[]): Bundle {
  const [from, to] = [columns[bundle.from.index]!, columns[bundle.to.index]!];
  const [x0, x1] = [from.x + from.width / 2, to.x - to.width / 2];
  const high = bundle.kind === "matrix" ? to.ys.at(-1)! - 20 : CELL * bundle.rows;
  const box = { x: x0 + 10, y: 30, width: CELL * bundle.columns, height: high };
  const side = bundle.kind === "tiles" ? 3 * CELL : CELL;
  const way = bundle.way.length ? WAY(from.x, to.x) : [];
  return { ...bundle, from, to, x0, x1, box, side, pitch: 4 * CELL, way };
}

const WAY = (from: number, to: number) => [
  { x: from, y: 100 },
  { x: from, y: 150 },
  { x: to - 20, y: 150 },
  { x: to - 20, y: 40 },
];

export const numbers = (shape: readonly number[], ...data: number[]): Value =>
  ({ shape, data: Float64Array.from(data) }) as Value;

const NOTHING: ColumnScene = {
  phase: null,
  values: null,
  z: null,
  arriving: null,
  delta: null,
  through: null,
  bias: null,
  biasGrad: null,
  biasChange: null,
  mask: null,
  statistics: [],
  looks: null,
  maps: null,
  scale: { middle: 0, reach: 1 },
};
const NO_WEIGHT: BundleScene = {
  weight: null,
  grad: null,
  part: null,
  partName: "",
  change: null,
  arrived: false,
  flowed: false,
  ride: null,
  back: "",
  shows: "weight",
};

export interface Shown extends Partial<Omit<Picture, "scene" | "layout">> {
  /** What is known of columns and connections, by their position. */
  columns?: { [index: number]: Partial<ColumnScene> };
  bundles?: { [index: number]: Partial<BundleScene> };
  scene?: Partial<Scene>;
}

/** A picture of which only this is known. */
export function pictureOf(
  layout: Layout,
  { columns = {}, bundles = {}, scene = {}, ...more }: Shown = {},
): Picture {
  return {
    layout,
    scene: {
      columns: layout.columns.map((_, at) => ({ ...NOTHING, ...columns[at] })),
      bundles: layout.bundles.map((_, at) => ({ ...NO_WEIGHT, ...bundles[at] })),
      loss: null,
      phase: null,
      output: "",
      ...scene,
    },
    hover: null,
    pinned: null,
    read: [],
    colours: INKS,
    dark: false,
    axes: null,
    sample: null,
    pulses: [],
    bitmaps: new Bitmaps(),
    rides: true,
    row: null,
    fade: () => 1,
    ...more,
  };
}

/** What a part of the picture paints. */
export const painted = (draw: (context: Context) => void): string[] => RecordingContext.of(draw);
