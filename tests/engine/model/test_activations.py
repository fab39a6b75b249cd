"""The registry of activations: parsing, the wire form, ranges, slopes, and which units are dead or saturated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.foundation.errors import ConfigError
from engine.model.activations import ACTIVATIONS, dead, parse_activation, saturated, slope

WIDE = np.linspace(-1000, 1000, 400_001)[:, None]


def applied(name: str, z: Any) -> Any:
    spec = parse_activation(name)
    with np.errstate(all="ignore"):
        return spec.op.forward(z, **spec.op_params)


def test_a_name_and_an_object_with_the_defaults_are_the_same_activation() -> None:
    given = ["leaky_relu", {"type": "leaky_relu"}, {"type": "leaky_relu", "negative_slope": 0.01}]

    assert [parse_activation(g).to_dict() for g in given] == ["leaky_relu"] * 3
    assert len({parse_activation(g) for g in given}) == 1


def test_settings_that_are_not_the_default_travel_with_the_name() -> None:
    given = {"type": "softplus", "beta": 2}

    wire = parse_activation(given).to_dict()

    assert wire == {"type": "softplus", "beta": 2.0, "threshold": 20.0}
    assert parse_activation(wire) == parse_activation(given)


def test_the_two_formulas_of_gelu_are_two_ops_without_settings() -> None:
    specs = [parse_activation({"type": "gelu", "approximate": a}) for a in ("none", "tanh")]

    assert [(s.op.name, s.op_params) for s in specs] == [("gelu", {}), ("gelu_tanh", {})]


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        (
            "relu7",
            "a",
            "unknown activation 'relu7'; did you mean relu? There are identity, sigmoid, tanh, relu, leaky_relu,",
        ),
        ({"type": "swish"}, "a.type", "unknown activation 'swish'; did you mean silu? There are identity, sigmoid,"),
        ({"type": ["tanh"]}, "a.type", "unknown activation ['tanh']; there are"),
        (3, "a", "activation is a name, or an object with a type; given 3"),
        (None, "a", "activation is a name, or an object with a type; given None"),
        ({"alpha": 1}, "a", "activation is a name, or an object with a type; given {'alpha': 1}"),
        ({"type": "elu", "alpha": -1}, "a.alpha", "alpha is at least 0; given -1"),
        ({"type": "softplus", "beta": 0}, "a.beta", "beta is above 0; given 0"),
        ({"type": "tanh", "alpha": 1}, "a.alpha", "unknown field 'alpha'; allowed here: none"),
        ({"type": "gelu", "approximate": "erf"}, "a.approximate", "approximate is one of none, tanh; given"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(given, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_activation(given, "a")

    assert (refused.value.path, refused.value.message[: len(message)]) == (path, message)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_declared_range_is_what_the_activation_reaches(name: str) -> None:
    kind = ACTIVATIONS[name]
    z = np.hstack([WIDE, -WIDE]) if name in ("softmax", "log_softmax") else WIDE

    reached = [float(bound) for bound in (applied(name, z).min(), applied(name, z).max())]

    far = [np.copysign(np.inf, bound) if abs(bound) > 9 else bound for bound in reached]
    nearly = 1e-3 if name == "softsign" else 1e-6  # which comes near its ends as one over z
    assert far == pytest.approx([kind.minimum, kind.maximum], abs=nearly)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_says_what_it_is(name: str) -> None:
    kind = ACTIVATIONS[name]

    assert kind.formula.startswith("a = ")
    assert "$" not in kind.formula + kind.derivative
    assert all([kind.title, kind.derivative, kind.description.endswith("."), kind.description.count(". ") < 3])


def test_the_slope_of_a_cell_is_the_derivative_there() -> None:
    spec, z = parse_activation("tanh"), np.array([[0.0, 0.5]])

    found: Any = slope(spec, z, np.tanh(z))

    np.testing.assert_allclose(found, 1 / np.cosh(z) ** 2, rtol=1e-15)


def test_a_relu_below_zero_is_dead_and_a_far_sigmoid_is_saturated() -> None:
    z = np.array([[-4.0, -0.1, 0.1, 4.0]])

    found: dict[str, list[Any]] = {
        name: [predicate(parse_activation(name), z, applied(name, z)) for predicate in (dead, saturated)]
        for name in ("relu", "leaky_relu", "sigmoid", "identity")
    }

    assert {name: [cells.astype(int).tolist()[0] for cells in pair] for name, pair in found.items()} == {
        "relu": [[1, 1, 0, 0], [0, 0, 0, 0]],
        "leaky_relu": [[0, 0, 0, 0], [0, 0, 0, 0]],
        "sigmoid": [[0, 0, 0, 0], [1, 0, 0, 1]],
        "identity": [[0, 0, 0, 0], [0, 0, 0, 0]],
    }


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_and_its_log_have_no_slope_of_their_own_a_cell(name: str) -> None:
    spec, z = parse_activation(name), np.zeros((2, 3))

    assert [f(spec, z, z) for f in (slope, dead, saturated)] == [None, None, None]
