"""A run's history in the wire's form, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Integers, Series
from engine.analysis import history as course
from engine.analysis.divergence import NonFinite
from engine.foundation.value_name import ValueName
from engine.model.graph import Phase
from engine.run.run import Run
from engine.update.early_stopping import Stop


@dataclass(frozen=True, slots=True)
class Nonfinite:
    """The first value that is not finite; its step is null if it was lost before this iteration."""

    iteration: int
    step: int | None
    value: str
    phase: Phase
    layer: str
    kind: Literal["inf", "nan"]
    explanation: str


@dataclass(frozen=True, slots=True)
class Point:
    """A number at an iteration."""

    iteration: int
    value: float


@dataclass(frozen=True, slots=True)
class Slice:
    """Series over the iterations from `from` up to, but without, `to`."""

    from_: int
    to: int
    loss: Series
    train_loss: list[Point]
    test_loss: list[Point]
    accuracy: list[Point]
    learning_rate: Series
    clipped: Integers


@dataclass(frozen=True, slots=True)
class History(Slice):
    """The series, where the run stopped being finite, and where early stopping ends it; null without."""

    first_nonfinite: Nonfinite | None
    early_stopping: Stop | None


def nonfinite(found: NonFinite | None) -> Nonfinite | None:
    """Where a run stopped being finite. A value that no step wrote was lost before the iteration: its step is null."""
    if found is None:
        return None
    step = found.step
    return Nonfinite(
        found.iteration,
        step.index if step else None,
        found.value,
        step.phase if step else "batch",
        step.layer if step else _whose(ValueName.parse(found.value)),
        found.kind,
        found.explanation,
    )


def _whose(name: ValueName) -> str:
    """The layer of a value; one that belongs to none stands for itself."""
    return name.layer or name.key


def history_answer(run: Run, start: int, end: int, every: int | None, ticket: Ticket) -> Answer:
    """The series from `start` to `end`, the last not included."""
    return Answer(history_series(run, start, end, every, ticket))


def history_series(run: Run, start: int, end: int, every: int | None, ticket: Ticket) -> History:
    """The series from `start` to `end`, the last not included."""
    found = course.history(run, start, end, every, ticket)
    return History(
        found.start,
        found.end,
        Series(found.loss),
        _points(found.points, "train_loss"),
        _points(found.points, "test_loss"),
        _points(found.points, "accuracy"),
        Series(found.rate),
        Integers(found.clipped),
        nonfinite(found.first_nonfinite),
        found.stop,
    )


def slice_of(found: History) -> Slice:
    """The series alone."""
    return Slice(*(getattr(found, field.name) for field in fields(Slice)))


def _points(points: Iterable[course.Point], name: str) -> list[Point]:
    numbers = [(point.iteration, getattr(point, name)) for point in points]
    return [Point(t, value) for t, value in numbers if value is not None]


def history_spacing(run: Run, start: int, end: int) -> int:
    """Iterations between two evaluated points over a whole range, whatever parts it is computed in."""
    return course.spacing(run, start, end)


def history_csv(run: Run, last: int, ticket: Ticket) -> bytes:
    """The series up to and with an iteration as a table: one row each, empty where nothing was evaluated."""
    found = course.history(run, 0, last + 1, None, ticket)
    at = {point.iteration: point for point in found.points}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["iteration", "epoch", "loss", "train_loss", "test_loss", "accuracy"])
    for t, loss in enumerate(found.loss.tolist()):
        point = at.get(t)
        scores = [point.train_loss, point.test_loss, point.accuracy] if point else [None, None, None]
        table.writerow([t, t / run.batches.per_epoch, loss, *scores])
    return text.getvalue().encode()
