"""Work that is stopped keeps what it has done and says how far that is; asked for again, it goes on from there."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.analysis.history import history
from engine.data import DataSpec
from engine.execution import training_loop
from engine.foundation.errors import CancelledWorkError, ConfigError
from engine.run.checkpoints import STRIDE
from tests.engine.support.models import LAYERS, SEQUENCES, run_of

FAR = 3 * STRIDE + 20
EDITS = [{"iteration": t, "set": {"optimizer.learning_rate": t / 1000}} for t in (4, STRIDE, STRIDE + 8)]


@pytest.fixture(autouse=True)
def looks_after_every_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loop, "LOOK", 0)


def impatient() -> Callable[[], bool]:
    """Nobody waits any more after the sixth time of asking."""
    asked = itertools.count(1)
    return lambda: next(asked) > 6


def asked_until_done(work: Callable[[Callable[[], bool]], Any]) -> tuple[Any, list[int | None]]:
    """The result, and how far each time before it says that it came."""
    reached: list[int | None] = []
    while True:
        try:
            return work(impatient()), reached
        except CancelledWorkError as stopped:
            assert len(reached) < FAR
            reached.append(stopped.reached)


@pytest.mark.parametrize("edits", [[], EDITS], ids=["plain", "edited"])
def test_a_jump_that_is_stopped_again_and_again_gets_further_each_time_and_arrives(edits: list[Any]) -> None:
    run = run_of(edits=edits)
    state, reached = asked_until_done(lambda wanted: run.state_at(FAR, wanted))
    straight = run_of(edits=edits).state_at(FAR)
    assert state.parameters.tobytes() == straight.parameters.tobytes()
    assert (reached, None in reached) == (sorted(set(reached), key=lambda t: t or 0), False)


@pytest.mark.parametrize("edits", [[], EDITS], ids=["plain", "edited"])
def test_a_history_that_is_stopped_again_and_again_arrives_with_the_same_numbers(edits: list[Any]) -> None:
    run = run_of(edits=edits)
    found, _ = asked_until_done(lambda wanted: history(run, 3, FAR, 50, wanted))
    straight = history(run_of(edits=edits), 3, FAR, 50)
    np.testing.assert_array_equal(found.loss, straight.loss)
    np.testing.assert_array_equal(found.rate, straight.rate)
    assert found.points == straight.points


def test_work_that_never_began_says_nothing_of_what_is_kept() -> None:
    with pytest.raises(CancelledWorkError) as stopped:
        run_of().state_at(FAR, lambda: True)
    assert stopped.value.reached is None


def test_the_data_are_read_as_often_for_many_edits_as_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[DataSpec] = []
    to_dict = DataSpec.to_dict

    def counted(data: DataSpec) -> dict[str, Any]:
        read.append(data)
        return to_dict(data)

    monkeypatch.setattr(DataSpec, "to_dict", counted)
    counts = []
    for edits in ([], EDITS, EDITS * 20):
        run_of(edits=edits).state_at(STRIDE)
        counts.append(len(read))
        read.clear()
    assert counts == [1, 1, 1]


MODELS = LAYERS | SEQUENCES


@pytest.mark.parametrize("batch_size", [1, 3, 5, 13])
@pytest.mark.parametrize("changes", MODELS.values(), ids=MODELS)
def test_a_run_that_can_be_made_can_be_run_at_every_size_of_its_batches(
    changes: dict[str, Any], batch_size: int
) -> None:
    try:
        run = run_of(**changes | {"batch_size": batch_size})
    except ConfigError:
        return
    for iteration in {0, run.batches.per_epoch - 1}:
        run.trace_at(iteration)
        run.advance(iteration, iteration + 1, run.state_at(iteration))


def test_batch_norm_with_a_single_row_at_the_end_of_an_epoch_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="at least 2 numbers per channel"):
        run_of(layers=[{"type": "batch_norm"}, {"units": 1}], batch_size=139)


def test_the_update_at_an_iteration_is_the_one_with_every_edit_up_to_it() -> None:
    config = run_of(edits=EDITS).config
    rates = [config.update_at(t).optimizer.settings["learning_rate"] for t in (0, 3, 4, 63, 64, 71, 72, 10_000)]
    assert rates == [0.05, 0.05, 0.004, 0.004, 0.064, 0.064, 0.072, 0.072]
