"""A run's history in the wire's form, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from app.http.responses import Answer
from app.runs.workers import Ticket
from app.wire.forms import Series
from engine.analysis.history import History, NonFinite, Point, history, spacing
from engine.foundation.value_name import ValueName
from engine.run.run import Run


def nonfinite(found: NonFinite | None) -> dict[str, Any] | None:
    """Where a run stopped being finite. A value that no step wrote was lost before the iteration: its step is null."""
    if found is None:
        return None
    step = found.step
    return {
        "iteration": found.iteration,
        "step": step.index if step else None,
        "value": found.value,
        "phase": step.phase if step else "batch",
        "layer": step.layer if step else _whose(ValueName.parse(found.value)),
        "kind": found.kind,
        "explanation": found.explanation,
    }


def _whose(name: ValueName) -> str:
    """The layer of a value; one that belongs to none stands for itself."""
    return name.layer or name.key


def history_answer(run: Run, start: int, end: int, every: int | None, ticket: Ticket) -> Answer:
    """The series from `start` to `end`, the last not included."""
    found = history(run, start, end, every, ticket)
    stop = None if found.stop is None else asdict(found.stop)
    return Answer(series(found) | {"first_nonfinite": nonfinite(found.first_nonfinite), "early_stopping": stop})


def history_spacing(run: Run, start: int, end: int) -> int:
    """Iterations between two evaluated points over a whole range, whatever parts it is computed in."""
    return spacing(run, start, end)


def series(found: History) -> dict[str, Any]:
    """The series alone."""
    return {
        "from": found.start,
        "to": found.end,
        "loss": Series(found.loss),
        "train_loss": _points(found.points, "train_loss"),
        "test_loss": _points(found.points, "test_loss"),
        "accuracy": _points(found.points, "accuracy"),
        "learning_rate": Series(found.rate),
        "clipped": Series(found.clipped),
    }


def _points(points: Iterable[Point], name: str) -> list[dict[str, Any]]:
    numbers = [(point.iteration, getattr(point, name)) for point in points]
    return [{"iteration": t, "value": value} for t, value in numbers if value is not None]


def history_csv(run: Run, last: int, ticket: Ticket) -> bytes:
    """The series up to and with an iteration as a table: one row each, empty where nothing was evaluated."""
    found = history(run, 0, last + 1, None, ticket)
    at = {point.iteration: point for point in found.points}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["iteration", "epoch", "loss", "train_loss", "test_loss", "accuracy"])
    for t, loss in enumerate(found.loss.tolist()):
        point = at.get(t)
        scores = [point.train_loss, point.test_loss, point.accuracy] if point else [None, None, None]
        table.writerow([t, t / run.batches.per_epoch, loss, *scores])
    return text.getvalue().encode()
