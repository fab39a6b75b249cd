"""Schedules: rates worked out by hand, what each remembers, and settings that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.foundation.errors import ConfigError
from engine.ops.core.numpy_calls import EAGER
from engine.ops.update.optimizers import UPDATE_OPS
from engine.update.equations import BASE_RATE, RATE, STEP
from engine.update.plateau_schedule import LARGEST
from engine.update.schedules import SCHEDULES, ScheduleSpec, parse_schedule
from tests.engine.support.stages import course, rates_of

every_kind = pytest.mark.parametrize("kind", SCHEDULES.values(), ids=SCHEDULES)


def spec_of(given: Any) -> ScheduleSpec:
    spec = parse_schedule(given)
    assert spec is not None
    return spec


def test_a_constant_rate_is_no_schedule() -> None:
    assert [parse_schedule(given) for given in (None, "constant", {"type": "constant"})] == [None] * 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "step", "step_size": 2, "gamma": 0.5}, [8, 8, 4, 4, 2, 2, 1]),
        ({"type": "step", "step_size": 1, "gamma": 0.5, "per": "epoch"}, [8, 8, 8, 4, 4, 4, 2]),
        ({"type": "exponential", "gamma": 0.5}, [8, 4, 2, 1, 0.5, 0.25, 0.125]),
        ({"type": "cosine", "iterations": 2, "minimum": 4}, [8, 6, 4, 6, 8, 6, 4]),
        ({"type": "cosine", "iterations": 2, "per": "epoch"}, [8, 8, 8, 4, 4, 4, 0]),
        ({"type": "warmup_cosine", "iterations": 4, "warmup": 2, "start_factor": 0.5}, [4, 6, 8, 4, 0, 0, 0]),
        ({"type": "warmup_cosine", "iterations": 2, "warmup": 0, "minimum": 4}, [8, 6, 4, 4, 4, 4, 4]),
        (
            {"type": "one_cycle", "iterations": 6, "pct_start": 0.5, "div_factor": 2, "final_div_factor": 2},
            [4, 6, 8, 8 - 6 * 0.25, 8 - 6 * 0.75, 2, 2],
        ),
        ({"type": "cyclical", "maximum": 16, "step_size_up": 2}, [8, 12, 16, 12, 8, 12, 16]),
        ({"type": "cyclical", "maximum": 16, "step_size_up": 1, "step_size_down": 2}, [8, 16, 12, 8, 16, 12, 8]),
        ({"type": "cyclical", "maximum": 16, "step_size_up": 1, "mode": "triangular2"}, [8, 16, 8, 12, 8, 10, 8]),
        (
            {"type": "cyclical", "maximum": 16, "step_size_up": 1, "mode": "exp_range", "gamma": 0.5},
            [8, 12, 8, 9, 8, 8.25, 8],
        ),
        ({"type": "range_test", "start": 0.01, "end": 100, "iterations": 5}, [0.01, 0.1, 1, 10, 100, 100, 100]),
        ({"type": "range_test", "start": 1, "end": 3, "iterations": 5, "mode": "linear"}, [1, 1.5, 2, 2.5, 3, 3, 3]),
    ],
    ids=lambda value: value.get("type") if isinstance(value, dict) else "",
)
def test_the_rates_are_those_worked_out_by_hand(given: Any, expected: list[float]) -> None:
    spec = spec_of(given)

    assert rates_of(spec, 8.0, 3, [1.0] * 7) == pytest.approx(expected, rel=1e-14, abs=1e-14)


def test_a_float32_rate_is_the_float64_one_rounded() -> None:
    spec = spec_of({"type": "one_cycle", "iterations": 60})
    exact = rates_of(spec, 0.5, 3, [1.0] * 60)
    found = []

    for t in range(60):
        values: dict[str, Any] = {BASE_RATE: np.float32(0.5).reshape(()), STEP: np.asarray(t + 1.0)}
        for equation in spec.equations(3):
            values[equation.output] = np.empty((), np.float32)
            operands = [values[name] for name in equation.inputs]
            UPDATE_OPS[equation.op].kernel(EAGER, values[equation.output], *operands, **equation.params)
        found.append(float(values[RATE]))

    assert found == pytest.approx(exact, rel=1e-6, abs=1e-7)


# --- plateau ---------------------------------------------------------------------------------------------------------

PLATEAU = {"type": "plateau", "factor": 0.5, "patience": 1, "threshold": 0.1}


def of_epochs(given: Any, means: list[float], name: str = RATE) -> list[float]:
    """What a scalar is in each epoch, of two batches, with these mean losses."""
    losses = [loss for mean in means for loss in (mean - 0.25, mean + 0.25)]
    return [values[name] for values in course(spec_of(given), 8.0, 2, losses)[::2]]


def test_the_rate_falls_after_the_epochs_that_it_puts_up_with() -> None:
    assert of_epochs(PLATEAU, [4, 4, 4, 4, 4, 4]) == [8, 8, 8, 4, 4, 2]


def test_an_improvement_starts_the_count_again_and_one_below_the_threshold_does_not() -> None:
    assert of_epochs(PLATEAU, [4, 4, 3.5, 3.4, 3.3, 3.2]) == [8, 8, 8, 8, 8, 4]


def test_the_mean_is_of_the_batches_of_this_epoch_so_far() -> None:
    found = course(spec_of(PLATEAU), 8.0, 2, [1.0, 3.0, 10.0, 20.0])

    assert [values["schedule.mean"] for values in found] == [1, 2, 10, 15]
    assert [values["schedule.best.next"] for values in found] == [LARGEST, 2, 2, 2]


def test_while_it_cools_down_no_epoch_counts() -> None:
    assert of_epochs({**PLATEAU, "patience": 0, "cooldown": 2}, [4] * 8) == [8, 8, 4, 4, 4, 2, 2, 2]


def test_the_rate_never_falls_below_the_smallest_nor_by_less_than_epsilon() -> None:
    lowest = {**PLATEAU, "patience": 0, "minimum": 3}

    assert of_epochs(lowest, [4] * 6) == [8, 8, 4, 3, 3, 3]
    assert of_epochs({**lowest, "eps": 1.5}, [4] * 6) == [8, 8, 4, 4, 4, 4]
    assert of_epochs({**lowest, "minimum": 9}, [4] * 6) == [8] * 6


def test_a_loss_that_is_not_a_number_is_no_improvement() -> None:
    assert of_epochs(PLATEAU, [4, np.nan, np.nan, 3, 3, 2]) == [8, 8, 8, 4, 4, 4]


def test_every_memory_is_written_anew_in_every_iteration() -> None:
    for cooldown in (0, 3):
        spec = spec_of({**PLATEAU, "cooldown": cooldown})
        written = {equation.output for equation in spec.equations(4)}
        kept = {slot.name for slot in spec.memory}

        assert {f"{name}.next" for name in kept} <= written
        assert ("schedule.cooldown" in kept) == (cooldown > 0)


# --- registry --------------------------------------------------------------------------------------------------------


@every_kind
def test_every_schedule_says_what_it_is(kind: Any) -> None:
    assert all([kind.title, kind.description.endswith("."), kind.source.endswith("."), kind.formula])
    assert kind.formula.count("{") == kind.formula.count("}")
    assert kind.formula.count(r"\left") == kind.formula.count(r"\right")


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "constant"])
def test_the_equations_of_a_schedule_use_what_is_there_and_end_in_the_rate(name: str) -> None:
    spec = spec_of(name)
    kept = {slot.name for slot in spec.memory}
    known, unknown = {BASE_RATE, STEP, "loss", *kept}, []

    for equation in spec.equations(7):
        unknown += [used for used in equation.inputs if used not in known]
        known.add(equation.output)

    assert (unknown, RATE in known) == ([], True)


@every_kind
def test_a_schedule_comes_back_from_its_json_form(kind: Any) -> None:
    spec = parse_schedule(kind.name)

    assert parse_schedule(spec.to_dict() if spec else None) == spec


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ("cosinus", "schedule", "unknown schedule 'cosinus'; did you mean cosine? There are constant, step"),
        (3, "schedule", "schedule is a name, or an object with a type; given 3"),
        ({"type": "step", "gamma": 0}, "schedule.gamma", "above 0"),
        ({"type": "plateau", "per": "epoch"}, "schedule.per", "unknown field"),
        ({"type": "cosine", "per": "batch"}, "schedule.per", "one of iteration, epoch"),
        ({"type": "range_test", "iterations": 1}, "schedule.iterations", "at least 2"),
        ({"type": "warmup_cosine", "iterations": 50, "warmup": 50}, "schedule.warmup", "shorter than the whole"),
        ({"type": "one_cycle", "iterations": 3}, "schedule.pct_start", "longer than one iteration; given 0.9"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_place(given: Any, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_schedule(given)

    assert (refused.value.path, message in refused.value.message) == (path, True), refused.value.message
