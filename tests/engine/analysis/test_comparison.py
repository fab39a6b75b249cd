"""Where two runs part: in their settings, and in the bits of their values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Run, Store
from engine.analysis.comparison import (
    Apart,
    Setting,
    compare,
    differing,
    first_difference,
    value_difference,
    values_apart,
)
from engine.execution.cancellation import Wanted
from engine.foundation.errors import RangeError, UnknownValueError
from engine.run.trace import Trace
from tests.engine.support.models import run_of


def by_hand(here: Run, there: Run, to: int) -> tuple[int, str] | None:
    """The first value with other bits, looking at every value of every iteration."""
    for t in range(to):
        a, b = here.trace_at(t), there.trace_at(t)
        for name in a:
            if name not in b or a[name].tobytes() != b[name].tobytes() or a[name].shape != b[name].shape:
                return t, name
    return None


RATE = [{"iteration": 70, "set": {"optimizer.learning_rate": 0.2}}]
CELL = [{"iteration": 9, "parameter": "dense1.weight", "index": [0, 1], "value": 0.25}]
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another seed": ({}, {"seed": 1}),
    "another rate": ({}, {"optimizer": {"type": "sgd", "learning_rate": 0.07}}),
    "another activation": ({}, {"layers": [{"units": 4, "activation": "relu"}, {"units": 1}]}),
    "a branch": ({}, {"edits": RATE}),
    "two branches": ({"edits": CELL}, {"edits": RATE}),
    "a rate that falls later": (
        {"schedule": {"type": "step", "step_size": 70}},
        {"schedule": {"type": "step", "step_size": 200}},
    ),
    "the same": ({}, {}),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_first_difference_is_the_first_of_all_values(name: str) -> None:
    here, there = (run_of(**changes) for changes in PAIRS[name])
    found = first_difference(here, there, 130)
    expected = by_hand(here, there, 130)
    assert (found and (found.iteration, found.value)) == expected
    assert found is None or found.step is None or found.step.output == found.value


def test_a_difference_beyond_the_range_is_none() -> None:
    run = run_of()
    assert first_difference(run, Run(run.config.with_edits(RATE), run.store), 70) is None


def test_a_common_past_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of()
    branch = Run(run.config.with_edits(RATE), Store())
    looked: list[int] = []
    trace_at = Run.trace_at

    def look(self: Run, t: int, cancelled: Wanted | None = None) -> Trace:
        looked.append(t)
        return trace_at(self, t, cancelled)

    monkeypatch.setattr(Run, "trace_at", look)
    assert first_difference(run, branch, 130) is not None
    assert set(looked) == {70}


def test_settings_are_compared_one_by_one() -> None:
    here = {
        "seed": 0,
        "layers": [{"units": 4, "frozen": []}, {"units": 1}],
        "optimizer": {"rate": 0.1, "momentum": 0.9},
    }
    there = {"seed": 0, "layers": [{"units": 5, "frozen": []}], "optimizer": {"rate": 0.1, "eps": 1}}
    assert differing(here, there) == (
        (
            Setting("layers[0].units", 4, 5),
            Setting("layers[1].units", 1, None),
            Setting("optimizer.momentum", 0.9, None),
            Setting("optimizer.eps", None, 1),
        ),
        3,
    )


def test_nothing_can_be_compared_without_an_iteration() -> None:
    with pytest.raises(RangeError):
        compare(run_of(), run_of(), 0)


def test_every_value_of_both_says_how_far_it_is_apart() -> None:
    here, there = run_of(), run_of(optimizer={"type": "sgd", "learning_rate": 0.07})
    a, b = here.trace_at(3), there.trace_at(3)
    assert values_apart(here, there, 3) == tuple(
        Apart(name, a[name].shape, float(np.max(np.abs(b[name] - a[name])))) for name in a
    )


@pytest.mark.parametrize("name", ["another seed", "another rate"])
def test_what_parts_two_runs_is_the_first_that_is_apart(name: str) -> None:
    here, there = (run_of(**changes) for changes in PAIRS[name])
    apart = next(found for found in values_apart(here, there, 0) if found.largest)
    first = first_difference(here, there, 1)
    assert first is not None
    assert apart.value == first.value


def test_a_difference_is_there_minus_here_and_says_its_largest_cell() -> None:
    run = run_of()
    branch = Run(run.config.with_edits(CELL), Store())
    found = value_difference(run, branch, 9, "dense1.weight")
    change = 0.25 - found.here[0, 1]
    expected = np.zeros(found.here.shape)
    expected[0, 1] = change
    assert (found.difference.tolist(), found.index, found.largest) == (expected.tolist(), (0, 1), abs(change))
    assert value_difference(run, branch, 8, "dense1.weight").index is None


def test_numbers_that_are_lost_in_both_runs_differ_by_nothing_and_in_one_of_them_by_no_number() -> None:
    losing = {"type": "sgd", "learning_rate": 1e200}
    lost, same, kept = run_of(optimizer=losing), run_of(optimizer=losing, edits=CELL[:0]), run_of()
    assert value_difference(lost, same, 5, "dense1.weight").largest == 0
    assert np.isnan(value_difference(lost, kept, 5, "dense1.weight").largest)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("dense1.weight", "has the shape [4, 2] here and [5, 2] there"),
        ("dense2.momentum", "neither run has a value 'dense2.momentum'"),
        ("dense2.bias", "is a value of this run only"),
    ],
)
def test_a_value_that_cannot_be_subtracted_says_why(value: str, words: str) -> None:
    here = run_of(layers=[{"units": 4}, {"units": 1}])
    there = run_of(layers=[{"units": 5}, {"units": 1, "bias": False}])
    with pytest.raises(UnknownValueError) as refused:
        value_difference(here, there, 0, value)
    assert words in str(refused.value)
