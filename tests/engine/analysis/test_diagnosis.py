"""Findings: when each is given, and the numbers in it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from engine.analysis.diagnosis import Layer, diagnose, findings
from engine.analysis.finding import Finding
from engine.analysis.layer_statistics import LayerHealth, norm
from engine.presets import presets
from engine.run.run import Run
from engine.run.task import parse_config

STEADY = np.full(50, 0.5)
HEALTHY = "No dead or saturated units. Update-to-weight ratio 0.0011 in every layer, which is healthy."
CONFIGS = {preset.name: preset.config for preset in presets()}


def layer(
    number: int,
    *,
    gradient: float = 0.1,
    ratio: float = 1e-3,
    dead: float = 0.0,
    saturated: float = 0.0,
    units: int = 4,
    activation: str = "tanh",
    trained: bool = True,
) -> Layer:
    figures = LayerHealth(gradient, ratio, dead, saturated, None, None)
    return Layer(f"dense {number}", units, activation, trained, figures)


def found(*layers: Layer, losses: Any = STEADY, batch: int = 10, rate: float = 0.1) -> list[Finding]:
    return findings(layers, np.asarray(losses, dtype=np.float64), batch, rate)


def at(name: str, iteration: int, **changes: Any) -> list[Finding]:
    run = Run(parse_config({**CONFIGS[name], **changes}))
    return diagnose(run, run.trace_at(iteration))


def titles(given: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.severity, finding.title) for finding in given]


# --- what is well ------------------------------------------------------------------------------------------------


def test_where_nothing_is_wrong_the_ratio_is_given() -> None:
    assert found(layer(1, ratio=1.1e-3), layer(2, ratio=1.0e-3)) == [Finding("good", "Healthy", HEALTHY, "update")]


def test_steps_above_the_usual_are_not_called_healthy() -> None:
    (finding,) = found(layer(1, ratio=8e-2), layer(2, ratio=8e-2))
    assert finding.text.endswith("Update-to-weight ratio 0.08 in every layer: brisk; about 0.001 is usual.")


def test_different_ratios_are_given_as_a_range() -> None:
    (finding,) = found(layer(1, ratio=2e-3), layer(2, ratio=9e-3))
    assert finding.text.endswith("Update-to-weight ratio 0.002 to 0.009, which is healthy.")


def test_small_but_not_tiny_steps_are_called_small() -> None:
    (finding,) = found(layer(1, ratio=3e-5), layer(2, ratio=8e-5))
    assert finding.text.endswith("Update-to-weight ratio 3e−05 to 8e−05: the steps have become small.")


def test_a_sure_output_is_not_a_fault_but_its_units_are_not_called_unsaturated() -> None:
    (finding,) = found(layer(1), layer(2, saturated=0.9))
    assert (finding.severity, finding.text.split(".")[0]) == ("good", "No dead units")


def test_a_falling_loss_is_told_with_its_numbers() -> None:
    losses = np.linspace(1.0, 0.4, 50)
    assert found(layer(1), losses=losses)[1] == Finding(
        "good", "It learns", "Over the last 50 iterations the loss fell from about 0.908 to 0.492.", "loss"
    )


@pytest.mark.parametrize("losses", [STEADY, np.linspace(1.0, 0.97, 50), np.linspace(1.0, 0.4, 20), [0.5]])
def test_a_loss_that_hardly_falls_or_is_hardly_known_is_not_called_learning(losses: Any) -> None:
    assert titles(found(layer(1), losses=losses)) == [("good", "Healthy")]


# --- units -------------------------------------------------------------------------------------------------------


def test_dead_units_are_counted_by_layer() -> None:
    (finding,) = found(layer(1, dead=0.25), layer(2, dead=0.5), layer(3))
    assert finding == Finding(
        "warning",
        "Dead units",
        "3 of 12 units have slope 0 for all 10 samples of this batch, so no gradient passes them: 1 in dense 1 and "
        "2 in dense 2.",
        "forward",
    )


def test_a_layer_without_a_living_unit_is_bad_because_nothing_passes_it() -> None:
    (finding,) = found(layer(1, gradient=0.1), layer(2, dead=1.0, units=1), batch=1)
    assert finding == Finding(
        "bad",
        "Dead units",
        "1 of 5 units has slope 0 for the one sample of this batch, so no gradient passes it: 1 in dense 2. Nothing "
        "at all passes dense 2.",
        "forward",
    )


def test_of_many_layers_with_dead_units_three_are_listed() -> None:
    (finding,) = found(*(layer(i, dead=0.25) for i in range(1, 9)))
    assert finding.text.endswith(": 1 in dense 1, 1 in dense 2, 1 in dense 3 and so on in 5 more layers.")


def test_saturated_hidden_layers_are_named_with_their_share() -> None:
    (finding,) = found(layer(1, saturated=0.82), layer(2, saturated=0.4), layer(3, saturated=1.0))
    assert finding == Finding(
        "warning",
        "Saturated units",
        "82% of dense 1 lies where tanh is nearly flat, with a slope below 0.05: the gradient fades there.",
        "forward",
    )


# --- gradients ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "severity"), [(2e-5, "warning"), (2e-9, "bad"), (0.0, "bad")])
def test_a_gradient_that_is_lost_on_its_way_back_vanishes(first: float, severity: str) -> None:
    (finding,) = found(layer(1, gradient=first), layer(2), layer(3, gradient=0.5))
    assert (finding.severity, finding.title) == (severity, "The gradient vanishes")
    assert "from 0.5 in dense 3 to " in finding.text


def test_a_gradient_that_halves_in_each_layer_is_no_finding() -> None:
    assert titles(found(*(layer(i, gradient=2.0**i) for i in range(9)))) == [("good", "Healthy")]


def test_a_gradient_that_grows_on_its_way_back_explodes() -> None:
    (finding,) = found(layer(1, gradient=600.0), layer(2, gradient=0.5))
    assert finding == Finding(
        "warning",
        "The gradient explodes",
        "Its norm grows from 0.5 in dense 2 to 600 in dense 1 on the way back.",
        "backward",
    )


def test_a_gradient_that_is_large_everywhere_is_named_at_its_largest() -> None:
    (finding,) = found(layer(1, gradient=2000.0), layer(2, gradient=5000.0))
    assert finding.text.startswith("Its norm in dense 2 is 5000:")


def test_one_layer_cannot_lose_its_gradient_to_another() -> None:
    assert titles(found(layer(1, gradient=1e-12))) == [("good", "Healthy")]


# --- steps -------------------------------------------------------------------------------------------------------


def test_large_and_tiny_steps_are_named_by_layer() -> None:
    given = found(layer(1, ratio=1e-7), layer(2, ratio=0.3), layer(3))
    assert [(f.title, f.text.split(";")[0]) for f in given] == [
        ("Large steps", "Update-to-weight ratio 0.3 in dense 2"),
        ("Tiny steps", "Update-to-weight ratio 1e−07 in dense 1"),
    ]


@pytest.mark.parametrize("ratio", [1.01e-5, 1e-3, 0.099])
def test_steps_between_a_hundred_thousandth_and_a_tenth_are_no_fault(ratio: float) -> None:
    assert titles(found(layer(1, ratio=ratio))) == [("good", "Healthy")]


def test_frozen_layers_and_weights_of_zero_have_no_ratio() -> None:
    (finding,) = found(layer(1, ratio=0.0, trained=False), layer(2, ratio=float("inf")), layer(3))
    assert finding.text.endswith("Update-to-weight ratio 0.001 in every layer, which is healthy.")


def test_a_learning_rate_of_zero_moves_nothing() -> None:
    assert titles(found(layer(1, ratio=0.0), rate=0.0)) == [("warning", "Nothing moves")]


# --- divergence --------------------------------------------------------------------------------------------------


def test_a_loss_that_climbs_past_all_before_explodes_and_nothing_else_is_said() -> None:
    losses = [0.5, 0.4, 0.5, 2.0, 20.0]
    assert found(layer(1, gradient=1e9, dead=0.5), losses=losses, rate=0.9) == [
        Finding(
            "warning",
            "The loss explodes",
            "The loss grew from 0.4 to 20, each time by a factor of 1.25 or more, over the 3 iterations up to here. "
            "The learning rate of 0.9 is too large.",
            "loss",
        )
    ]


@pytest.mark.parametrize(
    "losses", [[0.5, 5.0], [1e-3, 2e-3, 5e-3, 2e-2], [30.0, 0.4, 0.5, 2.0, 20.0], [0.4, 0.5, 0.6, 0.7, 0.8]]
)
def test_a_batch_that_is_harder_than_the_last_is_no_explosion(losses: list[float]) -> None:
    expected = [("warning", "The loss explodes")] if losses == [1e-3, 2e-3, 5e-3, 2e-2] else [("good", "Healthy")]
    assert titles(found(layer(1), losses=losses)) == expected


def test_a_diverged_run_names_the_first_lost_number_the_reason_and_the_learning_rate() -> None:
    (finding,) = at("diverging", 99)
    assert (finding.severity, finding.title) == ("bad", "It diverged")
    assert re.fullmatch(
        r"The first number that is not finite is in [\w.]+, in the \w+ phase of iteration \d+\. .+ so .+\. "
        r"The loss grew from .+, each time by a factor of .+ or more, over the \d+ iterations before: "
        r"the learning rate of 0\.9 is too large\.",
        finding.text,
    )


def test_every_iteration_after_divergence_tells_of_the_same_first_number() -> None:
    assert at("diverging", 80) == at("diverging", 99)


def test_data_beyond_all_bounds_is_not_blamed_on_the_learning_rate() -> None:
    data = {"inputs": [[1e200], [2e200]], "targets": [[1e200], [3e200]]}
    layers = [{"type": "dense", "units": 1, "weight": [[1.0]], "bias_values": [0.0]}]
    (finding,) = at("one_neuron", 0, data=data, layers=layers, loss="mse", batch_size=None)
    assert "loss phase of iteration 0" in finding.text
    assert "learning rate" not in finding.text


# --- on real runs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "iteration", "expected"),
    [
        ("circle", 100, [("good", "Healthy"), ("good", "It learns")]),
        ("pytorch", 100, [("good", "Healthy"), ("good", "It learns")]),
        ("vanishing", 0, [("bad", "The gradient vanishes"), ("warning", "Tiny steps")]),
        ("digits", 200, [("warning", "Dead units"), ("good", "It learns")]),
    ],
)
def test_presets_are_judged_as_what_they_show(name: str, iteration: int, expected: list[tuple[str, str]]) -> None:
    assert titles(at(name, iteration)) == expected


@pytest.mark.parametrize("name", CONFIGS)
def test_findings_are_short_and_come_worst_first(name: str) -> None:
    for iteration in (0, 55, 150):
        given = at(name, iteration)
        order = [("bad", "warning", "good").index(finding.severity) for finding in given]
        assert given
        assert order == sorted(order)
        assert all(finding.text.endswith(".") and "!" not in finding.text for finding in given)
        assert all(len(finding.text) < 450 for finding in given)


def test_a_norm_stays_finite_where_its_square_does_not() -> None:
    assert norm(np.array([3e200, 4e200])) == pytest.approx(5e200, rel=1e-15)
    assert norm(np.array([3e-200]), np.array([4e-200])) == pytest.approx(5e-200, rel=1e-15)
    assert norm(np.array([3.0]), np.array([4.0])) == 5.0
    assert norm(np.array([np.inf, 1.0])) == np.inf
    assert norm(np.zeros(3)) == 0.0
