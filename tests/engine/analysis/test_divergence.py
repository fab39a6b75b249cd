"""Where a run stops being finite, and the reason that is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.analysis.divergence import first_lost, is_finite, why
from engine.analysis.history import NonFinite, first_nonfinite
from engine.config.run_config import RunConfig
from engine.run.run import Run


def started(**config: Any) -> Run:
    given = {"layers": [{"type": "dense", "units": 1}], "loss": "mse", "optimizer": "sgd", **config}
    return Run(RunConfig.from_dict(given))


def inline(inputs: list[list[float]], targets: list[float], **layer: Any) -> dict[str, Any]:
    """One linear unit with given weights on given rows."""
    return {"data": {"inputs": inputs, "targets": targets}, "layers": [{"type": "dense", "units": 1, **layer}]}


def first(run: Run, iteration: int = 0) -> NonFinite:
    found = first_nonfinite(run.trace_at(iteration))
    assert found is not None
    return found


def test_a_sum_of_large_products_is_named_with_what_it_was_made_of() -> None:
    run = started(**inline([[1e200]], [0.5], weight=[[1e150]], bias_values=[0.0]))
    found = first(run)
    assert (found.value, found.kind) == ("dense1.z", "inf")
    assert found.explanation == (
        "Affine map made dense1.z infinite: x reaches 1e+200 and dense1.weight reaches 1e+150, so the result passes "
        "the largest float64, 1.8e+308."
    )


def test_products_on_both_sides_of_the_limit_have_no_sum() -> None:
    """Whether their sum is inf or nan depends on the processor: a fused product is not rounded before it is added."""
    traced = started(**inline([[1e200, 1e200]], [0.5], weight=[[1e150, -1e150]], bias=False)).trace_at(0)
    step = next(s for s in traced.program.steps if s.output == "dense1.z")
    assert why(step, {**traced, "dense1.z": np.array([[np.nan]])}) == (
        "Linear map made dense1.z nan: x reaches 1e+200 and dense1.weight reaches 1e+150, so partial sums pass the "
        "largest float64, 1.8e+308, on both sides, and inf − inf has no value."
    )


def test_a_squared_error_overflows_although_the_error_does_not() -> None:
    found = first(started(**inline([[1.0]], [0.5], weight=[[1e160]], bias_values=[0.0])))
    assert (found.value, found.kind) == ("loss", "inf")
    assert found.explanation == (
        "Mean squared error made loss infinite: dense1.a reaches 1e+160, so the result passes the largest float64, "
        "1.8e+308."
    )


def test_float32_names_its_own_smaller_limit() -> None:
    run = started(dtype="float32", **inline([[1.0]], [0.5], weight=[[1e30]], bias_values=[0.0]))
    assert first(run).explanation.endswith("dense1.a reaches 1e+30, so the result passes the largest float32, 3.4e+38.")


def test_zero_divided_by_zero_names_the_divisor() -> None:
    optimizer = {"type": "rmsprop", "eps": 0.0}
    run = started(optimizer=optimizer, **inline([[0.0]], [0.5], weight=[[1.0]], bias_values=[0.0]))
    found = first(run)
    assert (found.value, found.kind) == ("dense1.weight.update", "nan")
    assert found.explanation.endswith(
        "made dense1.weight.update nan: 0 / 0 has no value, and dense1.weight.scale holds 0."
    )


def test_a_parameter_lost_in_an_earlier_iteration_has_no_step() -> None:
    run = started(data={"name": "plane"}, batch_size=10, optimizer={"type": "sgd", "learning_rate": 1e200})
    later = first(run, 10)
    assert (later.step, later.value, later.kind) == (None, "dense1.weight", "nan")
    assert later.explanation == "dense1.weight was nan before the iteration began."


def test_an_input_that_is_already_lost_is_named() -> None:
    run = started(**inline([[1.0]], [0.5], weight=[[1e160]], bias_values=[0.0]))
    traced = run.trace_at(0)
    step = next(s for s in traced.program.steps if s.output == "dense1.z")
    values = {**traced, "x": np.array([[np.inf]]), "dense1.z": np.array([[np.inf]])}
    assert why(step, values) == "Affine map made dense1.z infinite: its input x already was."


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_last_iteration_that_starts_finite_is_found_as_by_looking_at_each(optimizer: str) -> None:
    layers = [{"type": "dense", "units": 4, "activation": "relu"}, {"type": "dense", "units": 1}]
    rate = 5.0 if optimizer == "sgd" else 1e200
    run = started(
        data={"name": "plane"}, batch_size=10, layers=layers, optimizer={"type": optimizer, "learning_rate": rate}
    )
    finite = [is_finite(run.state_at(t)) for t in range(40)]
    assert finite[0]
    assert not finite[-1]
    assert first_lost(run, 0, 39) == max(t for t in range(40) if finite[t])


def test_a_slot_that_is_infinite_is_a_loss_too() -> None:
    layers = [{"type": "dense", "units": 1, "weight": [[1e170]], "bias_values": [0.0]}]
    run = started(data={"inputs": [[1.0]], "targets": [0.5]}, layers=layers, optimizer="adam", loss="huber")
    assert is_finite(run.state_at(0))
    slot = run.state_at(1)
    lost = type(slot)(slot.parameters, {**slot.slots, "exp_avg_sq": np.full(run.layout.size, np.inf)})
    assert not is_finite(lost)
