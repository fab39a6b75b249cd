import type {
  Boundary,
  Derivation,
  Evaluation,
  GradientCheck,
  GradientFlow,
  IterationSummary,
  Paths,
  SampleShares,
  Samples,
  Stage,
  StepDetail,
  UpdateEffect,
  Variants,
} from "../../api/types";
import type { Scope } from "./asked";
import type { Frame } from "./frame";
import type { Moment } from "./loader";

/** Everything that is asked for to be shown. */
export interface Kinds {
  /** Whether the run is trained up to there. */
  reached: true;
  moment: Moment;
  frame: Frame;
  summary: IterationSummary;
  evaluation: Evaluation;
  flow: GradientFlow;
  effect: UpdateEffect;
  boundary: Boundary;
  stepDetail: StepDetail;
  derivation: Derivation;
  paths: Paths;
  shares: SampleShares;
  gradientCheck: GradientCheck;
  variants: Variants;
  samples: Samples;
  stage: Stage;
}

/** What of a place each of them depends on. */
export const SCOPES: { [K in keyof Kinds]: Scope } = {
  reached: "iteration",
  moment: "iteration",
  frame: "sample",
  summary: "iteration",
  evaluation: "iteration",
  flow: "sample",
  effect: "iteration",
  boundary: "iteration",
  stepDetail: "step",
  derivation: "cell",
  paths: "cell",
  shares: "cell",
  gradientCheck: "iteration",
  variants: "iteration",
  samples: "run",
  stage: "stage",
};
