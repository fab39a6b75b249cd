"""A gradient of 0 is a fault only where no row has one, and nothing to fix where nothing is left to learn."""

from __future__ import annotations

from typing import Any

import pytest

from engine.analysis.diagnosis import diagnose
from engine.run.run import Run
from engine.run.task import parse_config
from tests.engine.analysis.diagnosis.examples import Config, changed, dense, diagnosis, kinds, on_circle, sgd


def one_unit(inputs: list[float], targets: list[float], weight: float, loss: str, **more: Any) -> Config:
    return {
        "data": {"inputs": [[x] for x in inputs], "targets": targets},
        "batch_size": 1,
        "shuffle": False,
        "layers": [{"units": 1, "weight": [[weight]], "bias_values": [0]}],
        "loss": loss,
        "optimizer": sgd(0.1),
        **more,
    }


MARGIN = one_unit([1.0, -2.0, 3.0, 0.1], [1, 0, 1, 1], 1.5, "hinge")
PERFECT = one_unit([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 2.0, "mse")
DROPPED = on_circle([*dense((4, "tanh")), {"type": "dropout", "p": 0.9}, *dense((1, "sigmoid"))], batch_size=1)
ZEROS = on_circle(dense((4, "relu"), (1, "sigmoid"), initializer="zeros", bias_initializer="zeros"))


@pytest.mark.parametrize("t", [0, 1, 2])
def test_a_batch_within_its_margin_is_no_fault_where_another_row_is_not(t: int) -> None:
    assert float(Run(parse_config(MARGIN)).trace_at(t)["loss"]) == 0
    (found,) = diagnosis(Run(parse_config(MARGIN)), t).findings
    assert (found.kind, found.severity, found.cures) == ("zero_gradient", "good", ())
    assert found.text == (
        "The gradient of this batch is 0, as its rows ask for no change. Over all 4 training rows it is not 0."
    )


@pytest.mark.parametrize("t", [0, 1])
def test_a_loss_of_0_over_all_rows_is_finished_from_the_start(t: int) -> None:
    found = diagnosis(Run(parse_config(PERFECT)), t).findings
    assert [(each.kind, each.text) for each in found] == [
        ("finished", "The loss of all 3 training rows is 0: there is nothing left to learn.")
    ]


def test_a_mask_that_cuts_the_first_layer_off_once_is_no_fault() -> None:
    run = Run(parse_config(DROPPED))
    cut = [t for t in range(20) if not run.trace_at(t)["dense1.weight.grad"].any()]
    assert cut
    assert [t for t in cut if "zero_gradient" in kinds(run, t)] == []


def test_terms_that_cancel_but_for_rounding_are_no_gradient() -> None:
    text = next(f.text for f in diagnosis(Run(parse_config(ZEROS)), 0).findings if f.kind == "zero_gradient")
    assert text.startswith("The gradient of every trained parameter is 0, for this batch and for all ")
    assert "zero_gradient" in kinds(Run(parse_config(changed(ZEROS, batch_size=None))), 0)


@pytest.mark.parametrize(
    "layers",
    [
        [{"units": 4, "activation": "step"}, {"units": 1, "activation": "tanh"}],
        [{"units": 4, "activation": "tanh"}, {"units": 1, "activation": "step"}],
        [{"units": 4}, {"type": "activation", "activation": "step"}, {"units": 1, "activation": "tanh"}],
    ],
)
def test_of_a_step_it_is_said_that_nothing_before_it_learns_and_its_cure_lets_it_learn(layers: list[Any]) -> None:
    config = {"data": {"name": "circle"}, "layers": layers, "loss": "mse", "optimizer": {"type": "sgd"}}
    run = Run(parse_config(config))
    found = {finding.kind: finding for finding in diagnose(run, run.trace_at(3)).findings}
    step = found["dead_units"]
    assert step.text.startswith("The slope of a step is 0 everywhere: no gradient passes ")
    assert {cure.title for finding in found.values() for cure in finding.cures} == {"Sigmoid"}
    cured = Run(parse_config(step.cures[0].config or {}))
    assert cured.trace_at(3)["dense1.weight.grad"].any()


def test_a_step_behind_what_is_not_trained_is_no_fault() -> None:
    first = {"units": 4, "activation": "step", "frozen": ["weight", "bias"]}
    layers = [first, {"units": 1, "activation": "sigmoid"}]
    config = {"data": {"name": "xor"}, "layers": layers, "loss": "bce", "optimizer": {"type": "sgd"}}
    run = Run(parse_config(config))
    assert "dead_units" not in kinds(run, 20)
