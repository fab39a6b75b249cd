import type { Phase, Value } from "../api/types";
import type { Scale } from "./networkScale";

type Numbers = ArrayLike<number>;

/** One column's numbers at the cursor. What has not been computed is null, so that no old number can be drawn. */
export interface ColumnScene {
  /** Whether the cursor's step is about it, and in which phase. */
  phase: Phase | null;
  values: Numbers | null;
  z: Numbers | null;
  /** ∂L/∂a and δ = ∂L/∂z. */
  arriving: Numbers | null;
  delta: Numbers | null;
  bias: Numbers | null;
  biasGrad: Numbers | null;
  biasChange: Numbers | null;
  /** What each unit computes over the input plane or line. */
  maps: Value | null;
  scale: Scale;
}

export interface BundleScene {
  weight: Value | null;
  grad: Value | null;
  change: Value | null;
  /** Whether a gradient has passed it on its way back. */
  flowed: boolean;
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
export const isBlocked = ({ arriving, delta }: ColumnScene, unit: number): boolean =>
  delta !== null && arriving !== null && delta[unit] === 0 && arriving[unit] !== 0;
