import type { Phase } from "../../api/types";
import type { Palette } from "../../common/colour";
import type { Target } from "../layout/target";
import type { Layout } from "../layout/types";
import type { Row } from "../row";
import type { Bitmaps } from "./bitmaps";
import type { Scene } from "./scene";

/** All that one drawing of the network is made from. */
export interface Picture {
  layout: Layout;
  scene: Scene;
  hover: Target | null;
  pinned: Target | null;
  /** What the step reads whose line of code is pointed at. */
  read: readonly Target[];
  colours: Palette;
  dark: boolean;
  /** The part of the input plane or line that the maps show; null while it is not known. */
  axes: { x: Range; y: Range | null } | null;
  /** Where the chosen sample lies on it; null for the mean of the batch. */
  sample: ArrayLike<number> | null;
  pulses: readonly Pulse[];
  bitmaps: Bitmaps;
  /** Whether what rides on the edges is drawn: not while iterations fly by. */
  rides: boolean;
  /** What alone is spoken of: the rest stands back. Null where all of it counts. */
  row: Row | null;
  /** How far a value that was just computed has appeared, 0 to 1; 1 for all others. */
  fade: (value: string) => number;
}

export type Range = readonly [low: number, high: number];
export type Context = CanvasRenderingContext2D;

/** What moves when a step runs: numbers along connections, a gradient through the units of a layer, nothing. */
export type Flow =
  | { kind: "edges"; bundles: readonly number[]; back: boolean }
  | { kind: "gate"; column: number }
  | { kind: "none" };

export interface Pulse {
  flow: Flow;
  phase: Phase;
  output: string;
  /** 0 before it starts, 1 when it has arrived. */
  progress: number;
}
