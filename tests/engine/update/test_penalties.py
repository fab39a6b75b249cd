"""L1 and L2: their gradients and penalties in closed form, and the parameters that they are on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from engine.foundation.errors import ConfigError
from engine.ops.core.op import Array
from engine.update.equations import Stage
from engine.update.optimizers import parse_optimizer
from engine.update.penalties import Regularization, parse_regularization
from tests.engine.support.stages import run_stages

RNG = np.random.default_rng(3)
PARAMETERS = {
    "dense1.weight": RNG.normal(size=(3, 2)),
    "dense1.bias": RNG.normal(size=3),
    "lstm1.weight_hh": np.array([[0.0, -2.0]]),
}
GRADIENTS = {name: RNG.normal(size=p.shape) for name, p in PARAMETERS.items()}
SPECS = [Regularization(l2=0.3), Regularization(l1=0.2), Regularization(0.2, 0.3), Regularization(0.2, 0.3, True)]


def closed_form(spec: Regularization) -> dict[str, Array]:
    return {
        name: GRADIENTS[name] + (spec.l2 * p + spec.l1 * np.sign(p) if spec.biases or "weight" in name else 0.0)
        for name, p in PARAMETERS.items()
    }


def penalty(spec: Regularization, parameters: Mapping[str, Array]) -> float:
    """What is added to the loss, written out."""
    concerned = [p for name, p in parameters.items() if spec.biases or "weight" in name]
    return sum(spec.l2 / 2 * float(np.square(p).sum()) + spec.l1 * float(np.abs(p).sum()) for p in concerned)


def norm_of_difference(a: dict[str, Array], b: dict[str, Array]) -> float:
    return max(float(np.abs(a[name] - b[name]).max()) for name in b)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_penalties_gradients_are_added_to_that_of_the_data(spec: Regularization) -> None:
    _, grads = run_stages(spec.stages, PARAMETERS, GRADIENTS)

    assert norm_of_difference(grads, closed_form(spec)) < 1e-15


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_what_is_added_is_the_slope_of_the_penalty(spec: Regularization) -> None:
    _, grads = run_stages(spec.stages, PARAMETERS, GRADIENTS)
    step, slopes = 1e-6, {}

    for name, p in PARAMETERS.items():
        slopes[name] = np.empty(p.shape)
        for index in np.ndindex(p.shape):
            up, down = p.copy(), p.copy()
            up[index] += step
            down[index] -= step
            ends = [penalty(spec, PARAMETERS | {name: moved}) for moved in (up, down)]
            slopes[name][index] = (ends[0] - ends[1]) / (2 * step)

    assert norm_of_difference({name: g - GRADIENTS[name] for name, g in grads.items()}, slopes) < 1e-8


def test_l2_is_the_weight_decay_of_sgd() -> None:
    decay = [e for e in parse_optimizer({"type": "sgd", "weight_decay": 0.3}).rules.equations if e.op == "weight_decay"]
    by_sgd = run_stages([Stage("all", tuple(decay), "decayed_grad")], PARAMETERS, GRADIENTS)[1]

    _, grads = run_stages(Regularization(l2=0.3, biases=True).stages, PARAMETERS, GRADIENTS)

    assert {name: g.tobytes() for name, g in grads.items()} == {name: g.tobytes() for name, g in by_sgd.items()}


def test_only_the_penalties_that_there_are_are_steps() -> None:
    steps = [[e.output for stage in spec.stages for e in stage.equations] for spec in (*SPECS[:3], Regularization())]

    assert steps == [["l2_grad", "total_grad"], ["l1_grad", "total_grad"], ["l2_grad", "l1_grad", "total_grad"], []]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_regularization_comes_back_from_its_json_form(spec: Regularization) -> None:
    assert parse_regularization(spec.to_dict()) == spec


def test_without_a_penalty_there_is_no_regularization() -> None:
    assert [parse_regularization(given) for given in (None, {}, {"biases": True})] == [None] * 3


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"l2": -1}, "regularization.l2", "at least 0"),
        ({"l3": 1}, "regularization.l3", "unknown field"),
        ("l2", "regularization", "an object like {'l2': 0.01}; given 'l2'"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_place(given: Any, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_regularization(given)

    assert (refused.value.path, message in refused.value.message) == (path, True), refused.value.message
