"""Initializers against torch.nn.init: gains, and the spread and bounds of many drawn numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.model.initializers import INITIALIZERS, calculate_gain, draw, parse_initializer

torch: Any = pytest.importorskip(
    "torch", reason="PyTorch is not installed: .ci/run installs it with pip (torch==2.13.0) and runs these"
)
init: Any = torch.nn.init
pytestmark = pytest.mark.torch

UNITS, FAN_IN = 300, 500


def default_weight(weight: Any) -> None:
    layer = torch.nn.Linear(FAN_IN, UNITS)
    weight.copy_(layer.weight.detach())


def recurrent_weight(weight: Any) -> None:
    layer = torch.nn.RNN(FAN_IN, UNITS)
    weight.copy_(layer.weight_ih_l0.detach())


CASES: list[tuple[Any, Callable[[Any], Any]]] = [
    ("zeros", init.zeros_),
    ("ones", init.ones_),
    ({"type": "constant", "val": 0.3}, lambda w: init.constant_(w, 0.3)),
    ("normal", init.normal_),
    ({"type": "normal", "mean": 1.0, "std": 0.2}, lambda w: init.normal_(w, 1.0, 0.2)),
    ("uniform", init.uniform_),
    ({"type": "uniform", "a": -2.0, "b": 3.0}, lambda w: init.uniform_(w, -2.0, 3.0)),
    ("xavier_uniform", init.xavier_uniform_),
    ({"type": "xavier_uniform", "gain": 2.0}, lambda w: init.xavier_uniform_(w, 2.0)),
    ("xavier_normal", init.xavier_normal_),
    ("kaiming_uniform", init.kaiming_uniform_),
    (
        {"type": "kaiming_uniform", "a": 0.5, "mode": "fan_out"},
        lambda w: init.kaiming_uniform_(w, 0.5, "fan_out"),
    ),
    ("kaiming_normal", init.kaiming_normal_),
    (
        {"type": "kaiming_normal", "nonlinearity": "tanh"},
        lambda w: init.kaiming_normal_(w, nonlinearity="tanh"),
    ),
    ("lecun_normal", lambda w: init.kaiming_normal_(w, nonlinearity="linear")),
    ("orthogonal", init.orthogonal_),
    ("torch_default", default_weight),
    ("torch_recurrent", recurrent_weight),
]


def moments(weights: Any) -> list[float]:
    return [float(f(weights)) for f in (np.mean, np.std, np.min, np.max)]


def test_every_initializer_is_compared_here() -> None:
    assert {parse_initializer(given).type for given, _ in CASES} == set(INITIALIZERS)


@pytest.mark.parametrize(("given", "fill"), CASES, ids=lambda value: "" if callable(value) else str(value))
def test_an_initializer_draws_from_the_distribution_that_pytorch_draws_from(given, fill) -> None:
    torch.manual_seed(0)
    theirs = torch.empty(UNITS, FAN_IN, dtype=torch.float64)
    with torch.no_grad():
        fill(theirs)
    ours = draw(parse_initializer(given), np.random.default_rng(0), (UNITS, FAN_IN), FAN_IN, UNITS)

    mean, spread, low, high = moments(theirs.numpy())

    edge = 0.2 * spread if "normal" in str(given) or given == "orthogonal" else 1e-4
    assert moments(ours) == [
        pytest.approx(mean, abs=0.01 * spread),
        pytest.approx(spread, rel=0.005),
        pytest.approx(low, abs=5 * edge),
        pytest.approx(high, abs=5 * edge),
    ]


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_a_gain_is_that_of_pytorch(name: str) -> None:
    assert calculate_gain(name, 0.3) == pytest.approx(
        init.calculate_gain(name, 0.3 if name == "leaky_relu" else None), rel=1e-15
    )


def test_a_bias_is_drawn_as_in_a_linear_layer_of_pytorch() -> None:
    torch.manual_seed(0)
    theirs = torch.nn.Linear(7, 20000).bias.detach().numpy()

    ours = draw(parse_initializer("torch_default"), np.random.default_rng(0), (20000,), 7, 20000)

    assert moments(ours) == pytest.approx(moments(theirs), abs=0.005)
