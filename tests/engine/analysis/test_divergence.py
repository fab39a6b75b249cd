"""Where a run stops being finite, and the reason that is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.analysis.divergence import NonFinite, first_nonfinite, lost_in, why
from engine.config.run_config import RunConfig
from engine.run.run import Run
from engine.run.task import parse_config


def started(**config: Any) -> Run:
    given = {"layers": [{"type": "dense", "units": 1}], "loss": "mse", "optimizer": "sgd", **config}
    return Run(RunConfig.from_dict(given))


def inline(inputs: list[list[float]], targets: list[float], **layer: Any) -> dict[str, Any]:
    """One linear unit with given weights on given rows."""
    return {"data": {"inputs": inputs, "targets": targets}, "layers": [{"type": "dense", "units": 1, **layer}]}


def first(run: Run, iteration: int = 0) -> NonFinite:
    found = lost_in(run.trace_at(iteration))
    assert found is not None
    return found


def test_a_sum_of_large_products_is_named_with_what_it_was_made_of() -> None:
    run = started(**inline([[1e200]], [0.5], weight=[[1e150]], bias_values=[0.0]))
    found = first(run)
    assert (found.value, found.kind) == ("dense1.z", "inf")
    assert found.explanation == (
        "Affine map made z of dense 1 infinite: x reaches 1e+200 and dense1.weight reaches 1e+150, so the result "
        "passes the largest float64, 1.8e+308."
    )


def test_products_on_both_sides_of_the_limit_have_no_sum() -> None:
    """Whether their sum is inf or nan depends on the processor: a fused product is not rounded before it is added."""
    traced = started(**inline([[1e200, 1e200]], [0.5], weight=[[1e150, -1e150]], bias=False)).trace_at(0)
    step = next(s for s in traced.program.steps if s.output == "dense1.z")
    assert why(step, {**traced, "dense1.z": np.array([[np.nan]])}) == (
        "Linear map made z of dense 1 nan: x reaches 1e+200 and dense1.weight reaches 1e+150, so partial sums pass the "
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
        "made weight.update of dense 1 nan: 0 / 0 has no value, and dense1.weight.scale holds 0."
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
    assert why(step, values) == "Affine map made z of dense 1 infinite: its input x already was."


def fitted(weight: float, bias: float = 0.0, **changes: Any) -> Run:
    """Two units, the first with given numbers, on two rows."""
    layers = [{"units": 1, "activation": changes.pop("activation", "identity"), "weight": [[weight]]}, {"units": 1}]
    layers[0] |= {"bias_values": [bias]}
    return started(**{"data": {"inputs": [[1.0], [-2.0]], "targets": [0.5, 1.0]}, "layers": layers} | changes)


RATE = "optimizer.learning_rate"
LOST: dict[str, Run] = {
    "never": fitted(0.3, optimizer={"type": "sgd", "learning_rate": 0.05}),
    "the loss alone, parameters much later": fitted(0.3, optimizer={"type": "sgd", "learning_rate": 40.0}),
    "a momentum": fitted(0.3, optimizer={"type": "sgd", "learning_rate": 9.0, "momentum": 0.9}),
    "an average of squares": fitted(1e160, loss="huber", optimizer={"type": "adam", "learning_rate": 0.1}),
    "passes a sigmoid, which makes it finite again": fitted(
        0.3,
        activation="sigmoid",
        edits=[{"iteration": 70, "parameter": "dense1.weight", "index": [0, 0], "value": 1e308}],
    ),
    "for one iteration, put back by hand": fitted(
        0.3,
        edits=[
            {"iteration": 5, "parameter": "dense1.weight", "index": [0, 0], "value": 1e170},
            {"iteration": 6, "parameter": "dense1.weight", "index": [0, 0], "value": 0.3},
        ],
        clip={"value": 1.0},
    ),
    "a norm that clipping makes harmless": fitted(1e154, loss="mae", clip={"norm": 1.0}),
    "gradients, clipped by value": fitted(1e155, loss="mse", clip={"value": 1e-3}),
    "a rate that is set": fitted(0.3, edits=[{"iteration": 66, "set": {RATE: 1e300}}]),
    "after a division by 0": fitted(0.0, optimizer={"type": "rmsprop", "eps": 0.0}, loss="mse"),
    "single precision": fitted(0.3, dtype="float32", optimizer={"type": "sgd", "learning_rate": 40.0}),
    "from the data on": fitted(0.3, data={"inputs": [[1e200], [2.0]], "targets": [1e200, 1.0]}),
    "large, but finite throughout": fitted(1e155, loss="mae", optimizer={"type": "sgd", "learning_rate": 1e-3}),
    "an expression, the slope of what is fixed": Run(
        parse_config({"expression": "L = w * w + sqrt(x)", "inputs": {"w": 1, "x": 0}, "train": ["w"]})
    ),
    "an expression, for some iterations": Run(
        parse_config({"expression": "L = (exp(w) - 1e9) * 0 + w * w", "inputs": {"w": 800}})
    ),
}

EXPECTED: dict[str, tuple[int, str] | None] = {
    "never": None,
    "the loss alone, parameters much later": (5, "dense2.z"),
    "a momentum": (6, "dense2.z"),
    "an average of squares": (0, "dense2.weight.exp_avg_sq.next"),
    "passes a sigmoid, which makes it finite again": (70, "dense1.z"),
    "for one iteration, put back by hand": (5, "loss"),
    "a norm that clipping makes harmless": (0, "dense2.weight.square_norm"),
    "gradients, clipped by value": (0, "loss"),
    "a rate that is set": (67, "dense2.z"),
    "after a division by 0": (0, "dense2.weight.update"),
    "single precision": (3, "loss"),
    "from the data on": (0, "loss"),
    "large, but finite throughout": None,
    "an expression, the slope of what is fixed": (0, "x.grad"),
    "an expression, for some iterations": (0, "v1"),
}


@pytest.mark.parametrize("name", LOST)
def test_the_first_is_found_as_by_looking_at_every_value_of_every_iteration(name: str) -> None:
    run = LOST[name]
    each = (lost_in(run.trace_at(t)) for t in range(200))
    expected = next((found for found in each if found), None)
    again = Run(run.config)  # which has kept nothing yet

    found = {end: first_nonfinite(again, end) for end in (1, 30, 64, 65, 130, 200)}

    assert found == {end: expected if expected and expected.iteration < end else None for end in found}


def test_the_runs_above_are_lost_as_their_names_say() -> None:
    first = {name: first_nonfinite(run, 200) for name, run in LOST.items()}
    assert {name: found and (found.iteration, found.value) for name, found in first.items()} == EXPECTED


def test_a_healthy_run_is_not_looked_at_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Run, "trace_at", lambda *_: pytest.fail("a trace takes many times as long as an iteration"))
    assert first_nonfinite(LOST["never"], 500) is None


DOMAINS = {
    "log(x)": "Logarithm made loss nan: x is −1.5, and only numbers above 0 have a logarithm.",
    "log(x + 1.5)": "Logarithm made loss infinite: v1 is 0, and the logarithm of 0 is −∞.",
    "sqrt(x)": "Square root made loss nan: x is −1.5, and only numbers from 0 on have a square root.",
    "x ** 0.5": "Power made loss nan: x is −1.5, and a negative number has no power of 0.5.",
    "x ** y": "Gradient through power made y.grad nan: the slope is the power times the logarithm of x, x is −1.5, and "
    "only numbers above 0 have a logarithm.",
    "(y - 3) ** -2": "Power made loss infinite: v1 is 0, and 0 to a power below 0 divides by 0.",
    "sqrt(y - 3)": "Gradient through square root made v1.grad infinite: loss is 0, and there the square root has no "
    "finite slope.",
    "(y - 3) ** 0.5": "Gradient through power made v1.grad infinite: v1 is 0, and there a power of 0.5 has no finite "
    "slope.",
    "x / (y - 3)": "Quotient made loss infinite: it divides by v1, which is 0.",
    "exp(y * 300)": "Exponential made loss infinite: the result passes the largest float64, 1.8e+308, for an input of "
    "900.",
}


@pytest.mark.parametrize("text", DOMAINS)
def test_the_cause_is_named_with_the_number_that_has_no_result(text: str) -> None:
    run = Run(parse_config({"expression": f"L = {text}", "inputs": {"x": -1.5, "y": 3}}))
    assert first(run).explanation == DOMAINS[text]
