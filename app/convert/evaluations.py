"""Predictions and scores over whole sets in the wire's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Array, Integers, Series
from engine.analysis import evaluation as scores
from engine.analysis import one_point
from engine.analysis.samples.losses import mean_factor, sample_losses
from engine.foundation.errors import RangeError, ShapeError
from engine.foundation.numbers import Finite
from engine.run.run import Run


@dataclass(frozen=True, slots=True)
class PredictBody:
    """Rows to predict, in model input units."""

    inputs: list[list[Finite]]


@dataclass(frozen=True, slots=True)
class Predictions:
    """The model's outputs, one row a row of inputs, and the same in the targets' own unit; null where that is no
    other."""

    iteration: int
    outputs: Array
    in_own_unit: Array | None


@dataclass(frozen=True, slots=True)
class Score:
    """How good the model is on a set. `outputs`: of each row, in the order of the samples; null for a classification,
    whose `confusion` tells it, and for more than 2000 rows."""

    loss: float
    accuracy: float | None
    confusion: list[list[int]] | None
    r2: float | None
    outputs: Array | None
    misses: Annotated[scores.Misses | None, "Of a regression, in its targets' own unit."]


@dataclass(frozen=True, slots=True)
class BatchScore:
    """What the model says about the samples of the batch. `losses`: of each one alone; their mean, weighted if classes
    have weights, is the batch's loss. Null for more than 2000."""

    losses: Series | None
    labels: Integers | None
    predicted: Integers | None
    probabilities: Array | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The model before an iteration on the training set, the test set and the batch."""

    iteration: int
    train: Score
    test: Score | None
    batch: BatchScore


def predictions(run: Run, t: int, inputs: Array, ticket: Ticket) -> Answer:
    """The model's outputs before an iteration for rows of raw inputs."""
    outputs = scores.predict(run, t, inputs, ticket)
    own = scores.in_own_unit(run, outputs)
    tensors = {"outputs": outputs} | ({} if own is None else {"in_own_unit": own})
    return Answer(Predictions(t, outputs, own), tensors, {"run": run.config.id})


def matrix(rows: Any, path: str) -> Array:
    """Rows of numbers as an array.

    Raises: ShapeError if they are not rows of equally many numbers.
    """
    listed = isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows)
    flat = [cell for row in rows for cell in row] if listed else []
    if not listed or len({len(row) for row in rows}) > 1 or not {type(c) for c in flat} <= {int, float}:
        raise ShapeError(f"{path} is a list of equally long rows of numbers", path)
    return np.array(flat, np.float64).reshape(len(rows), -1)


def evaluation(run: Run, t: int, ticket: Ticket) -> Answer:
    """Scores of the training set, the test set and the batch."""
    found = scores.evaluate(run, t, ticket)
    test = _score(found.test) if found.test else None
    return Answer(Evaluation(found.iteration, _score(found.train), test, _batch(found.batch)))


@dataclass(frozen=True, slots=True)
class SampleLosses:
    """Each sample's own loss, what it is multiplied by in the loss of the batch, and that loss: their sum.

    factor: 1/N where the loss is the plain mean of them, else null.
    """

    iteration: int
    losses: Series
    weights: Series
    loss: float
    factor: float | None


def sample_losses_answer(run: Run, t: int, ticket: Ticket) -> Answer:
    """The loss of a batch, taken apart."""
    traced = run.trace_at(t, ticket)
    found = sample_losses(run, traced)
    factor = mean_factor(run, traced.program.batch)
    return Answer(SampleLosses(t, Series(found.losses), Series(found.weights), found.loss, factor))


def _score(score: scores.Score) -> Score:
    confusion = None if score.confusion is None else score.confusion.tolist()
    return Score(score.loss, score.accuracy, confusion, score.r2, score.outputs, score.misses)


def _batch(batch: scores.BatchScore) -> BatchScore:
    return BatchScore(
        None if batch.losses is None else Series(batch.losses),
        None if batch.labels is None else Integers(batch.labels.astype(np.int64)),
        None if batch.predicted is None else Integers(batch.predicted),
        batch.probabilities,
    )


@dataclass(frozen=True, slots=True)
class PointAt:
    """What the model of an iteration makes of one point, as it is evaluated: without dropout, with running statistics.

    `inputs` are in the model's units. `target` and `loss` are null for numbers of one's own, `predicted`, the class of
    each position, for a regression. `values`: z, a and every other forward value, with one row.
    """

    iteration: int
    inputs: Array
    target: Array | None
    output: Array
    predicted: Integers | None
    loss: float | None
    values: dict[str, Array]


@dataclass(frozen=True, slots=True)
class PointCourse:
    """What the models of many iterations make of one point; `losses` is null for numbers of one's own."""

    iterations: Integers
    outputs: Array
    losses: Series | None


@dataclass(frozen=True, slots=True)
class Whom:
    """The point that is meant: a row of a set, or numbers in the units of the data."""

    part: one_point.Set
    row: int | None
    numbers: list[float] | None

    def of(self, run: Run) -> one_point.OnePoint:
        """The point in a run.

        Raises: EngineError if there is none, or not one of the two is given.
        """
        if (self.row is None) == (self.numbers is None):
            given = "neither" if self.row is None else "both"
            raise RangeError(f"a point is a row of a set, or inputs; given {given}", "query.row")
        if self.numbers is not None:
            return one_point.own_point(run, self.numbers)
        assert self.row is not None, "one of the two is there"
        return one_point.row_point(run, self.part, self.row)


def point_answer(run: Run, t: int, whom: Whom, ticket: Ticket) -> Answer:
    """A point at an iteration."""
    point = whom.of(run)
    found = one_point.point_at(run, t, point, ticket)
    target = None if point.target is None else point.target[0]
    predicted = None if found.predicted is None else Integers(found.predicted)
    told = PointAt(t, point.inputs[0], target, found.output, predicted, found.loss, found.values)
    return Answer(told)


def course_answer(run: Run, whom: Whom, span: tuple[int, int], every: int, ticket: Ticket) -> Answer:
    """A point over a range of iterations."""
    found = one_point.point_course(run, whom.of(run), *span, every, ticket)
    losses = None if found.losses is None else Series(found.losses)
    return Answer(PointCourse(Integers(found.iterations), found.outputs, losses))
