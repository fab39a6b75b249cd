"""One point followed through a run: a row of the training or the test set, or numbers of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.analysis.evaluation import (
    classes_of,
    forward_values,
    merged,
    merged_targets,
    model_inputs,
    outputs,
    row_losses,
)
from engine.analysis.history import check_range
from engine.execution.cancellation import Wanted
from engine.execution.interpreter import Values
from engine.foundation.errors import RangeError
from engine.ops.core.op import Array
from engine.run.run import Run

Set = Literal["train", "test"]
MOST = 500  # iterations of a course: each is an evaluation of its own


@dataclass(frozen=True, slots=True)
class OnePoint:
    """A point that is followed: inputs (1, D) in the model's units; target (1, ...), None for numbers of one's own."""

    inputs: Array
    target: Array | None


@dataclass(frozen=True, slots=True)
class PointAt:
    """What the model of an iteration makes of a point, as it is evaluated: without dropout, with running statistics.

    output:    (K), of a sequence (T, K).
    predicted: the class of each position; None for a regression.
    loss:      the point's own, of a sequence the mean over its positions; None without a target.
    values:    z, a and every other forward value, with one row.
    """

    iteration: int
    output: Array
    predicted: Array | None
    loss: float | None
    values: Values


@dataclass(frozen=True, slots=True)
class PointCourse:
    """The same at many iterations. outputs: (T, K), or (T, positions, K); losses: (T), None without a target."""

    iterations: Array
    outputs: Array
    losses: Array | None


def row_point(run: Run, part: Set, row: int) -> OnePoint:
    """A row of the training or the test set, counted from 0.

    Raises: NoDataError for an expression; RangeError if there is no such row.
    """
    inputs, targets = (run.test_inputs, run.test_targets) if part == "test" else (run.inputs, run.targets)
    if not 0 <= row < len(inputs):
        there = f"0 to {len(inputs) - 1}" if len(inputs) else "none"
        words = {"train": "training", "test": "test"}[part]
        raise RangeError(f"the {words} set has no row {row}: its rows are {there}", "query.row")
    return OnePoint(inputs[row : row + 1], targets[row : row + 1])


def own_point(run: Run, numbers: Sequence[float]) -> OnePoint:
    """Numbers in the units of the data, scaled as the training data were.

    Raises: NoDataError for an expression; ShapeError if there are not as many as the run has inputs; RangeError for inf
            and nan.
    """
    if not np.isfinite(numbers).all():
        raise RangeError(f"inputs are finite numbers; given {list(numbers)}", "query.inputs")
    return OnePoint(model_inputs(run, np.array([numbers], float), "query.inputs"), None)


def point_at(run: Run, iteration: int, point: OnePoint, cancelled: Wanted | None = None) -> PointAt:
    """A point before the update of an iteration."""
    state = run.state_at(iteration, cancelled)
    names = [step.output for step in run.evaluation_program(1).steps if step.phase == "forward"]
    values = forward_values(run, state, point.inputs, names, cancelled=cancelled)
    prediction = values[run.prediction]
    predicted = None if run.data.task == "regression" else classes_of(run, merged(run, prediction))
    return PointAt(iteration, prediction[0], predicted, _loss(run, prediction, point), values)


def point_course(
    run: Run, point: OnePoint, start: int, end: int, every: int = 1, cancelled: Wanted | None = None
) -> PointCourse:
    """A point over the iterations [start, end), before the update of each.

    Raises: RangeError if the range is empty or has too many iterations; CancelledWorkError.
    """
    check_range(start, end)
    iterations = np.arange(start, end, every)
    if len(iterations) > MOST:
        most = f"a point is followed at {MOST} iterations at the most"
        raise RangeError(f"{most}; given {len(iterations)}: set every to {-(-(end - start) // MOST)}", "query.every")
    found = [outputs(run, run.state_at(int(t), cancelled), point.inputs, cancelled=cancelled) for t in iterations]
    losses = None if point.target is None else np.array([_loss(run, prediction, point) for prediction in found], float)
    return PointCourse(iterations, np.concatenate(found), losses)


def _loss(run: Run, prediction: Array, point: OnePoint) -> float | None:
    if point.target is None:
        return None
    targets = merged_targets(run.fitting, point.target)
    return float(row_losses(run, merged(run, prediction), targets).mean())
