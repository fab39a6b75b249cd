"""Early stopping: where it stops, what it keeps, and settings that cannot be."""

from __future__ import annotations

import math
from typing import Any

import pytest

from engine.analysis.history import Point, history
from engine.foundation.errors import ConfigError
from engine.update.early_stopping import EarlyStopping, Stop, parse_early_stopping, stops_at
from tests.engine.support.models import run_of


def points(*losses: float | None) -> list[Point]:
    """A point every ten iterations with these test losses; the training loss falls throughout."""
    return [Point(10 * i, 1.0 / (i + 1), loss, None) for i, loss in enumerate(losses)]


@pytest.mark.parametrize(
    ("losses", "spec", "expected"),
    [
        ((5, 4, 3, 3, 2, 2, 2, 1), EarlyStopping(2), Stop(60, 40)),
        ((5, 4, 3, 2, 1), EarlyStopping(1), Stop(None, 40)),
        ((5, 4.6, 4.2, 3.8), EarlyStopping(1, min_delta=0.5), Stop(10, 0)),
        ((5, 4.6, 4.2, 3.8), EarlyStopping(2, min_delta=0.5), Stop(None, 20)),
        ((5, math.nan, math.inf, 4), EarlyStopping(2), Stop(20, 0)),
        ((math.nan, math.nan), EarlyStopping(2), Stop(10, None)),
        ((5, 6, 7, 8), EarlyStopping(2, monitor="train_loss"), Stop(None, 30)),
        ((None, None, None), EarlyStopping(1), Stop(None, None)),
        ((), EarlyStopping(1), Stop(None, None)),
    ],
)
def test_it_stops_after_as_many_points_without_improvement_as_it_puts_up_with(
    losses: Any, spec: EarlyStopping, expected: Stop
) -> None:
    assert stops_at(points(*losses), spec) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, 37, Stop(36, 0)), (40, 50, Stop(36, 0)), (0, 36, Stop(None, 0))]
)
def test_a_history_looks_at_the_first_iteration_of_every_epoch_from_the_start(
    start: int, end: int, expected: Stop
) -> None:
    """An epoch has 12 iterations, and no loss falls by as much as is asked: the third point after the first ends it."""
    run = run_of(early_stopping={"patience": 3, "min_delta": 1e9, "monitor": "train_loss"})
    assert history(run, start, end, every=5).stop == expected


def test_early_stopping_comes_back_from_its_json_form() -> None:
    spec = EarlyStopping(3, 0.1, "train_loss")

    assert (parse_early_stopping(spec.to_dict()), parse_early_stopping(None)) == (spec, None)


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"patience": 0}, "early_stopping.patience", "at least 1"),
        ({"monitor": "accuracy"}, "early_stopping.monitor", "one of test_loss, train_loss"),
        (5, "early_stopping", "an object like {'patience': 5}; given 5"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_place(given: Any, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_early_stopping(given)

    assert (refused.value.path, message in refused.value.message) == (path, True), refused.value.message
