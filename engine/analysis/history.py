"""The course of a run: the batch loss of every iteration, whole-set scores now and then, the first inf or nan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.analysis.divergence import NonFinite, first_nonfinite
from engine.analysis.evaluation import mean_loss, score
from engine.execution.cancellation import Wanted, check
from engine.execution.training_curve import Course, joined, part
from engine.foundation.errors import RangeError
from engine.ops.core.op import Array
from engine.run.checkpoints import LASTING, STRIDE
from engine.run.run import Run
from engine.update.early_stopping import Stop, stops_at

POINTS = 200  # evaluated in one answer at the most, when no spacing is asked for


@dataclass(frozen=True, slots=True)
class Point:
    """Whole-set scores before an iteration; none for a test set that is not there or for a regression."""

    iteration: int
    train_loss: float
    test_loss: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class History:
    """The iterations from `start` to `end`, the last not included.

    first_nonfinite: of the run before `end`, also if it was before `start`;
    rate: the learning rate of each; clipped: the iterations in which clipping changed a gradient; stop: where early
    stopping would have ended training, looked at from the start, None without it.
    """

    start: int
    end: int
    loss: Array
    rate: Array
    clipped: Array
    points: tuple[Point, ...]
    first_nonfinite: NonFinite | None
    stop: Stop | None


def history(run: Run, start: int, end: int, every: int | None = None, cancelled: Wanted | None = None) -> History:
    """The course of a run over [start, end).

    Args:   every: spacing of the evaluated points; once an epoch if not given, and more rarely over long ranges.
    Raises: RangeError if the range is empty or runs backwards; CancelledWorkError.
    """
    check_range(start, end)
    course = _course(run, start, end, cancelled)
    points = tuple(_points(run, start, end, every or spacing(run, start, end), cancelled))
    clipped = start + np.flatnonzero(course.clipped)
    lost = first_nonfinite(run, end, cancelled)
    return History(start, end, course.loss, course.rate, clipped, points, lost, _stop(run, end, cancelled))


def check_range(start: int, end: int) -> None:
    """Whether a range holds an iteration.

    Raises: RangeError if it is empty or runs backwards.
    """
    if not 0 <= start < end:
        raise RangeError(f"from and to are a range like 0 to 500; given {start} to {end}", "query.to")


def _course(run: Run, start: int, end: int, cancelled: Wanted | None) -> Course:
    blocks = [run.block(b, cancelled) for b in range(start // STRIDE, -(-end // STRIDE))]
    offset = start // STRIDE * STRIDE
    return part(joined(blocks), start - offset, end - offset)


def _stop(run: Run, end: int, cancelled: Wanted | None) -> Stop | None:
    """Where early stopping ends training up to `end`, by the losses once an epoch from the start."""
    spec = run.config.early_stopping
    return None if spec is None else stops_at(_points(run, 0, end, run.batches.per_epoch, cancelled), spec)


def slices(
    run: Run, start: int, end: int, every: int | None = None, cancelled: Wanted | None = None
) -> Iterator[History]:
    """The same piece by piece, as it is computed."""
    every = every or spacing(run, start, end)
    for at in range(start, end, 4 * STRIDE):
        check(cancelled)
        yield history(run, at, min(end, at + 4 * STRIDE), every, cancelled)


def spacing(run: Run, start: int, end: int) -> int:
    """Iterations between two evaluated points: whole epochs, doubled until there are few enough."""
    every = run.batches.per_epoch
    while (end - start) // every > POINTS:
        every *= 2
    return every


def _points(run: Run, start: int, end: int, every: int, cancelled: Wanted | None) -> Iterator[Point]:
    if not run.has_data:  # no sets to evaluate: the loss itself is all that there is
        return
    for t in range(-(-start // every) * every, end, every):
        yield point(run, t, cancelled)


def point(run: Run, iteration: int, cancelled: Wanted | None = None) -> Point:
    """The whole-set scores before an iteration, kept."""
    key = ("point", run.lineage(iteration + 1), iteration)
    found: Point | None = run.store.get(key)
    if found is None:
        check(cancelled)
        found = _point(run, iteration, cancelled)
        run.store.put(key, found, 100, LASTING)
    return found


def _point(run: Run, iteration: int, cancelled: Wanted | None) -> Point:
    state = run.state_at(iteration, cancelled)
    has_test = len(run.test_inputs) > 0
    if run.data.task == "regression":
        test = mean_loss(run, state, True, cancelled) if has_test else None
        return Point(iteration, mean_loss(run, state, cancelled=cancelled), test, None)
    train = score(run, state, cancelled=cancelled)
    tested = score(run, state, True, cancelled) if has_test else None
    return Point(iteration, train.loss, tested.loss if tested else None, (tested or train).accuracy)
