"""Initializers: spread by the fans, exact shapes, orthogonality, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.foundation.errors import ConfigError
from engine.foundation.random_streams import generator
from engine.model.initializers import INITIALIZERS, draw, parse_initializer


def drawn(given: Any, shape: tuple[int, ...] = (200, 300), seed: int = 0) -> Any:
    """Numbers of a parameter of this shape, a weight (units, fan_in) unless it has one dimension."""
    fan_in = shape[1] if len(shape) == 2 else 300
    return draw(parse_initializer(given), generator(seed, "dense1.weight"), shape, fan_in, shape[0])


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (1, 1), (4,)])
def test_every_initializer_fills_every_shape_with_finite_double_numbers(name: str, shape) -> None:
    found = drawn(name, shape)

    assert (found.shape, found.dtype, bool(np.isfinite(found).all())) == (shape, np.float64, True)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_same_stream_gives_the_same_bytes(name: str) -> None:
    assert drawn(name, seed=3).tobytes() == drawn(name, seed=3).tobytes()


@pytest.mark.parametrize(
    ("given", "spread"),
    [
        ({"type": "normal", "std": 0.1}, 0.1),
        ({"type": "uniform", "a": -1.0, "b": 1.0}, math.sqrt(1 / 3)),
        ("xavier_uniform", math.sqrt(2 / 500)),
        ("xavier_normal", math.sqrt(2 / 500)),
        ({"type": "xavier_normal", "gain": 3.0}, 3 * math.sqrt(2 / 500)),
        ("kaiming_uniform", math.sqrt(2 / 300)),
        ("kaiming_normal", math.sqrt(2 / 300)),
        ({"type": "kaiming_normal", "mode": "fan_out"}, math.sqrt(2 / 200)),
        ({"type": "kaiming_normal", "nonlinearity": "linear"}, math.sqrt(1 / 300)),
        ("lecun_normal", math.sqrt(1 / 300)),
        ("torch_default", math.sqrt(1 / 300 / 3)),
    ],
)
def test_the_spread_is_the_one_of_the_formula(given, spread: float) -> None:
    assert float(np.std(drawn(given))) == pytest.approx(spread, rel=0.01)


@pytest.mark.parametrize(
    ("given", "bound"),
    [
        ("xavier_uniform", math.sqrt(6 / 500)),
        ("kaiming_uniform", math.sqrt(6 / 300)),
        ({"type": "kaiming_uniform", "a": math.sqrt(5)}, 1 / math.sqrt(300)),
        ("torch_default", 1 / math.sqrt(300)),
    ],
)
def test_uniform_draws_reach_their_bound_and_never_pass_it(given, bound: float) -> None:
    largest = float(np.abs(drawn(given)).max())

    assert bound * 0.999 < largest <= bound


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4)])
def test_orthogonal_weights_have_the_shorter_side_at_right_angles(shape) -> None:
    w = drawn({"type": "orthogonal", "gain": 2.0}, shape)
    gram = w @ w.T if shape[0] <= shape[1] else w.T @ w

    np.testing.assert_allclose(gram, 4 * np.eye(min(shape)), atol=1e-14)


def test_orthogonal_draws_have_both_signs_on_the_diagonal_equally_often() -> None:
    signs = [np.sign(drawn("orthogonal", (2, 2), seed)[0, 0]) for seed in range(400)]

    assert abs(sum(signs)) < 80  # four standard deviations; without the correction all are negative


def test_constant_initializers_are_constant() -> None:
    found = [drawn(given, (2, 2)).tolist() for given in ("zeros", "ones", {"type": "constant", "val": -0.5})]

    assert found == [[[0.0] * 2] * 2, [[1.0] * 2] * 2, [[-0.5] * 2] * 2]


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        (
            "he",
            "layers[0].initializer",
            "unknown initializer 'he'; did you mean kaiming_normal? There are zeros, ones, constant, normal",
        ),
        ({"type": "normal", "std": -1}, "layers[0].initializer.std", "std is at least 0; given -1"),
        ({"type": "zeros", "std": 1}, "layers[0].initializer.std", "unknown field 'std'; allowed here: none"),
        (
            {"type": "kaiming_normal", "mode": "fan"},
            "layers[0].initializer.mode",
            "mode is one of fan_in, fan_out (did you mean fan_in?); given 'fan'",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(given, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_initializer(given, "layers[0].initializer")

    assert (refused.value.path, refused.value.message[: len(message)]) == (path, message)


def test_the_wire_form_is_the_name_or_all_settings() -> None:
    given = ["xavier_uniform", {"type": "xavier_uniform", "gain": 1}, {"type": "normal", "std": 2}]

    assert [parse_initializer(g).to_dict() for g in given] == [
        "xavier_uniform",
        "xavier_uniform",
        {"type": "normal", "mean": 0.0, "std": 2.0},
    ]


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_initializer_says_what_it_is(name: str) -> None:
    kind = INITIALIZERS[name]

    assert all([kind.title, kind.description.endswith("."), kind.formula, kind.source])
