"""What one iteration answers: figures, values, steps, scores."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.common import Latex, NamedValue, Number, Phase, Value, Wire


class Batch(Wire):
    """Which rows of the training set an iteration trains on."""

    indices: list[int]
    size: int


class LayerHealth(Wire):
    """One layer in one iteration. `penalty_norm`: of what L1 and L2 add to its gradient, null where they add nothing;
    `clipped_norm`: of its gradient, penalty included, after clipping, null without."""

    gradient_norm: Number
    update_ratio: Number
    dead: Number
    saturated: Number
    penalty_norm: Number | None
    clipped_norm: Number | None


class Nonfinite(Wire):
    """The first value that is not finite; its step is null if it was lost before this iteration."""

    step: int | None
    value: str
    phase: Phase
    layer: str
    kind: Literal["inf", "nan"]
    explanation: str
    iteration: int | None = None


class Finding(Wire):
    """What a look at the numbers says, and the phase with whose end those numbers are all there."""

    severity: Literal["good", "warning", "bad"]
    title: str
    text: str
    phase: Phase


class IterationInfo(Wire):
    """One iteration in figures."""

    iteration: int
    epoch: float
    batch: Batch
    loss: Number
    gradient_norms: dict[str, Number]
    update_ratios: dict[str, Number]
    angles: Annotated[
        dict[str, Number] | None,
        Field(description="Degrees between what the update takes and the true gradient; null if it takes that."),
    ]
    slopes: Annotated[
        dict[str, Number],
        Field(description="Local derivatives of an expression, by the gradient that comes back along each edge."),
    ]
    layers: dict[str, LayerHealth]
    first_nonfinite: Nonfinite | None
    diagnosis: list[Finding]


class Trace(Wire):
    """Values of one iteration by name."""

    iteration: int
    values: dict[str, Value]


class StepDetail(Wire):
    """One step with its numbers."""

    index: int
    phase: Phase
    layer: str
    op: str
    argument: str | None
    formula: Latex
    numbers: Latex
    code: str
    inputs: list[NamedValue]
    output: NamedValue
    description: str


class Parameters(Wire):
    """The parameters before an iteration."""

    iteration: int
    values: dict[str, Value]


class Score(Wire):
    """How good the model is on a set. `outputs`: of each row, in the order of the samples; null for a classification,
    whose `confusion` tells it, and for more than 2000 rows."""

    loss: Number
    accuracy: Number | None
    confusion: list[list[int]] | None
    r2: Number | None
    outputs: Value | None


class BatchScore(Wire):
    """What the model says about the samples of the batch. `losses`: of each one alone; their mean, weighted if classes
    have weights, is the batch's loss. Null for more than 2000."""

    losses: list[Number] | None
    labels: list[int] | None
    predicted: list[int] | None
    probabilities: Value | None


class Evaluation(Wire):
    """The model before an iteration on the training set, the test set and the batch."""

    iteration: int
    train: Score
    test: Score | None
    batch: BatchScore


class Predictions(Wire):
    """The model's outputs, one row a row of inputs."""

    iteration: int
    outputs: Value


class PredictBody(Wire):
    """Rows to predict, in model input units."""

    inputs: list[list[float]]
