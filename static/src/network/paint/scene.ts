import type { Phase, Value } from "../../api/types";
import type { Scale } from "./scales";

type Numbers = ArrayLike<number>;

/** One column's numbers at the cursor. What has not been computed is null, so that no old number can be drawn. */
export interface ColumnScene {
  /** Whether the cursor's step is about it, and in which phase. */
  phase: Phase | null;
  values: Numbers | null;
  z: Numbers | null;
  /** ∂L/∂a, and what of it gets through: δ = ∂L/∂z, or ∂L/∂a again where there is no z. */
  arriving: Numbers | null;
  delta: Numbers | null;
  /** What a unit hands back, where that is one number for each: δ, or the gradient of what a mask let through. */
  through: Numbers | null;
  bias: Numbers | null;
  biasGrad: Numbers | null;
  biasChange: Numbers | null;
  /** Of dropout: 0 where a unit is silenced. */
  mask: Numbers | null;
  /** Of a normalization, in the order in which it is computed. */
  statistics: Statistic[];
  /** Of attention: how much each position looks at each other, head after head. */
  looks: Numbers | null;
  /** What each unit computes over the input plane or line. */
  maps: Value | null;
  scale: Scale;
}

/** A number of each unit, or one for all units of a sample. */
export interface Statistic {
  title: string;
  value: string;
  numbers: Numbers;
}

export interface BundleScene {
  weight: Value | null;
  grad: Value | null;
  /** What this layer contributes to the gradient, where it is not the only one with this weight. */
  part: Value | null;
  partName: string;
  change: Value | null;
  /** Whether what it starts from is there. */
  arrived: boolean;
  /** Whether a gradient has passed it on its way back, its numbers by unit, and the value that holds them. */
  flowed: boolean;
  ride: Numbers | null;
  back: string;
  /** What a matrix shows: its weights, or what has just been computed of it. */
  shows: "weight" | "grad" | "change";
}

export interface Scene {
  columns: ColumnScene[];
  bundles: BundleScene[];
  loss: number | null;
  phase: Phase | null;
  /** The name of the value that the cursor's step wrote. */
  output: string;
}

/** A unit whose incoming gradient is not zero and whose slope is: nothing passes. */
export const isBlocked = ({ arriving, through }: ColumnScene, unit: number): boolean =>
  through !== null && arriving !== null && through[unit] === 0 && arriving[unit] !== 0;

/** Dropout has silenced it in this sample. */
export const isSilent = ({ mask }: ColumnScene, unit: number): boolean => mask?.[unit] === 0;
