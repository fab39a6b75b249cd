"""What an update did to the loss of its own batch, beside the loss of a run whose weights are set by hand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from engine import Run
from engine.analysis.updates.effect import UpdateEffect, update_effect
from engine.run.task import parse_config
from tests.engine.support.models import run_of

FALLING: dict[str, Any] = {"layers": [{"units": 3, "activation": "tanh"}, {"units": 1}], "optimizer": {"type": "adam"}}
DROPPING: dict[str, Any] = {"layers": [{"units": 6, "activation": "relu"}, {"type": "dropout", "p": 0.5}, {"units": 1}]}
FROZEN: dict[str, Any] = {"layers": [{"units": 3, "activation": "tanh", "frozen": ["weight"]}, {"units": 1}]}
OVERSHOOTING: dict[str, Any] = {"layers": [{"units": 3}, {"units": 1}], "optimizer": {"learning_rate": 5.0}}


def effect_of(run: Run, t: int) -> UpdateEffect:
    return update_effect(run.trace_at(t))


def by_hand(run: Run, t: int) -> float:
    """The loss of a branch in which every weight is at t what it is after t: the same batch and noise, to the bit."""
    after = run.trace_at(t)
    cells = [
        {"iteration": t, "parameter": p.name, "index": list(index), "value": float(after[f"{p.name}.next"][index])}
        for p in run.parameters
        if p.trainable
        for index in np.ndindex(after[p.name].shape)
    ]
    return float(run.branch(cells).trace_at(t)["loss"])


@pytest.mark.parametrize("given", [FALLING, DROPPING, FROZEN, OVERSHOOTING])
def test_the_loss_after_is_that_of_a_run_whose_weights_are_set_to_it(given: dict[str, Any]) -> None:
    run = run_of(**given)
    found = effect_of(run, 3)
    assert found.before == float(run.trace_at(3)["loss"])
    assert found.after == pytest.approx(by_hand(run, 3), rel=1e-12)


def test_a_small_step_changes_the_loss_as_the_gradient_foretells() -> None:
    run = run_of(layers=[{"units": 3, "activation": "tanh"}, {"units": 1}], optimizer={"learning_rate": 1e-5})
    found = effect_of(run, 3)
    assert found.change == pytest.approx(found.foretold, rel=1e-3)
    assert found.foretold == pytest.approx(
        -1e-5 * sum(np.sum(run.trace_at(3)[f"{p.name}.grad"] ** 2) for p in run.parameters)
    )


def test_the_parts_are_those_of_the_trained_parameters_and_add_up() -> None:
    found = effect_of(run_of(**FROZEN), 2)
    assert [(p.parameter, p.layer) for p in found.parts] == [
        ("dense1.bias", "dense1"),
        ("dense2.weight", "dense2"),
        ("dense2.bias", "dense2"),
    ]
    assert sum(p.change for p in found.parts) == pytest.approx(found.foretold, rel=1e-12)


@pytest.mark.parametrize("given", [FALLING, OVERSHOOTING])
def test_the_sentence_says_which_way_the_loss_went_and_by_how_much(given: dict[str, Any]) -> None:
    found = effect_of(run_of(**given), 4)
    went, would = re.findall(r"it (fell|rose) by|have (fallen|risen) by", found.says)
    words = {"fell": -1.0, "rose": 1.0, "fallen": -1.0, "risen": 1.0}
    assert [words["".join(went)], words["".join(would)]] == [np.sign(found.change), np.sign(found.foretold)]
    numbers = [float(x) for x in re.findall(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?", found.says.replace("\N{MINUS SIGN}", "-"))]
    sizes = [abs(x) for x in (found.after, found.before, found.change, found.foretold)]
    assert numbers == [pytest.approx(x, rel=1e-3) for x in sizes]


def test_of_a_run_that_has_diverged_there_is_nothing_to_compare() -> None:
    found = effect_of(run_of(layers=[{"units": 3}, {"units": 1}], optimizer={"learning_rate": 1e200}), 3)
    assert found.says == "The loss or its gradient is not finite here: there is nothing to compare."


def test_an_expression_has_an_effect_too() -> None:
    run = Run(parse_config({"expression": "L = (x - 3)**2", "inputs": {"x": 0.0}, "optimizer": {"learning_rate": 0.1}}))
    found = effect_of(run, 0)
    assert [found.before, found.after, found.foretold] == pytest.approx([9.0, 5.76, -3.6])
