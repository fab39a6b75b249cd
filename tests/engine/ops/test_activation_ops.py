"""Activations: identities that they obey, the edges of their range, kinks, and how inf and nan go through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.foundation.errors import ShapeError
from engine.ops import ACTIVATION_OPS, OPS

finite = hnp.arrays(np.float64, (3, 4), elements=st.floats(-30, 30))
INF, NAN = np.inf, np.nan


def f(name: str, *z: float, **params: Any) -> Any:
    """The activation of some numbers, as a list."""
    with np.errstate(all="ignore"):
        return OPS[name].forward(np.array([z]), **params)[0].tolist()


def slope(name: str, *z: float, grad: float = 1.0, **params: Any) -> Any:
    """What comes back through the activation at some z when the same gradient goes into each."""
    with np.errstate(all="ignore"):
        return OPS[name].vjp("z", np.full((1, len(z)), grad), np.array([z]), **params)[0].tolist()


@given(finite)
def test_the_sigmoid_of_minus_z_is_one_minus_the_sigmoid(z) -> None:
    sigmoid = OPS["sigmoid"].forward

    np.testing.assert_allclose(sigmoid(-z), 1 - sigmoid(z), rtol=0, atol=2e-16)


@given(finite)
def test_tanh_is_a_stretched_sigmoid(z) -> None:
    np.testing.assert_allclose(OPS["tanh"].forward(z), 2 * OPS["sigmoid"].forward(2 * z) - 1, rtol=0, atol=4e-16)


@pytest.mark.parametrize("name", ["relu", "gelu", "gelu_tanh", "silu", "softplus"])
@given(z=finite)
def test_a_rectifier_of_z_minus_that_of_minus_z_is_z(name: str, z) -> None:
    params: dict[str, Any] = {"beta": 0.5, "threshold": 20.0} if name == "softplus" else {}
    op = OPS[name]

    difference = op.forward(z, **params) - op.forward(-z, **params)

    np.testing.assert_allclose(difference, z, rtol=0, atol=1e-7 if name == "softplus" else 1e-14)


@given(finite)
def test_the_slope_of_softplus_is_the_sigmoid(z) -> None:
    back = OPS["softplus"].vjp("z", np.ones_like(z), z, beta=1.0, threshold=1000.0)

    np.testing.assert_allclose(back, OPS["sigmoid"].forward(z), rtol=1e-15)


@given(finite, st.floats(-100, 100))
def test_each_row_of_softmax_sums_to_one_and_a_common_shift_changes_nothing(z, shift: float) -> None:
    softmax = OPS["softmax"].forward

    np.testing.assert_allclose(softmax(z).sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(softmax(z + shift), softmax(z), rtol=1e-12, atol=1e-300)


@given(finite)
def test_softmax_sends_nothing_back_for_a_gradient_that_is_equal_in_all_units(z) -> None:
    np.testing.assert_allclose(OPS["softmax"].vjp("z", np.ones_like(z), z), 0, atol=1e-15)


def test_softmax_over_two_units_is_the_sigmoid_of_their_difference() -> None:
    assert f("softmax", 3.0, 1.0)[0] == pytest.approx(f("sigmoid", 2.0)[0], rel=1e-15)


def test_log_softmax_is_the_log_of_softmax_and_stays_finite_where_that_is_zero() -> None:
    assert np.exp(f("log_softmax", 3.0, 1.0, -2.0)) == pytest.approx(f("softmax", 3.0, 1.0, -2.0), rel=1e-15)
    assert (f("softmax", 800.0, 0.0), f("log_softmax", 800.0, 0.0)) == ([1.0, 0.0], [0.0, -800.0])


def test_softmax_takes_one_row_a_sample() -> None:
    with pytest.raises(ShapeError, match=r"softmax takes \(N, K\).*given \(3,\)"):
        OPS["softmax"].forward(np.zeros(3))


def test_selu_is_scaled_elu() -> None:
    scale, alpha = 1.0507009873554805, 1.6732632423543772

    assert f("selu", -2.0, 3.0) == pytest.approx([scale * a for a in f("elu", -2.0, 3.0, alpha=alpha)])


def test_the_kink_has_the_slope_of_its_left_side() -> None:
    slopes = [
        *slope("relu", 0.0, -0.0),
        *slope("leaky_relu", 0.0, negative_slope=0.2),
        *slope("elu", 0.0, alpha=0.5),
    ]

    assert slopes == [0.0, 0.0, 0.2, 0.5]


def test_far_out_every_bounded_activation_reaches_its_bounds() -> None:
    far = {name: f(name, -800.0, 800.0) for name in ("sigmoid", "tanh", "relu", "gelu", "gelu_tanh", "silu")}

    assert far == {
        "sigmoid": [0.0, 1.0],
        "tanh": [-1.0, 1.0],
        "relu": [0.0, 800.0],
        "gelu": [-0.0, 800.0],
        "gelu_tanh": [-0.0, 800.0],
        "silu": [-0.0, 800.0],
    }


def test_far_below_zero_the_sigmoid_keeps_all_its_digits() -> None:
    assert f("sigmoid", -50.0)[0] == pytest.approx(1.928749847963918e-22, rel=1e-14)


def test_past_its_threshold_softplus_is_z_itself() -> None:
    z = [2.0, 2.0000001, 700.0]

    found = f("softplus", *z, beta=1.0, threshold=2.0)

    assert found == [pytest.approx(np.log1p(np.exp(2.0))), 2.0000001, 700.0]
    assert slope("softplus", *z, beta=1.0, threshold=2.0)[1:] == [1.0, 1.0]


THIRDS: dict[str, tuple[dict[str, float], list[int]]] = {
    "hardtanh": ({"min_val": -1.0, "max_val": 1.0}, [0, 0, 1, 1, 2, 2]),
    "relu6": ({}, [0, 0, 0, 1, 1, 1]),
    "hardsigmoid": ({}, [0, 1, 1, 1, 1, 2]),
    "hardswish": ({}, [0, 1, 1, 1, 1, 2]),
    "softshrink": ({"lambd": 0.5}, [-1, -1, 0, 0, 1, 1]),
    "hardshrink": ({"lambd": 0.5}, [-1, -1, 0, 0, 1, 1]),
}


@pytest.mark.parametrize(("name", "params", "pieces"), [(name, *case) for name, case in THIRDS.items()])
def test_what_has_three_pieces_says_in_which_each_number_is(name: str, params: dict[str, float], pieces) -> None:
    regions = OPS[name].regions
    assert regions is not None

    assert regions(np.array([-3.0, -1.0, 0.0, 0.25, 1.0, 3.0]), **params).tolist() == pieces


def test_regions_change_where_the_activation_has_its_kink() -> None:
    z = np.array([-1.0, 0.0, 1e-9, 3.0])
    params = {"leaky_relu": {"negative_slope": 0.1}, "elu": {"alpha": 1.0}}
    kinked = [op for op in ACTIVATION_OPS if op.regions and op.name not in ("softplus", "step", *THIRDS)]

    regions = {op.name: op.regions(z, **params.get(op.name, {})).tolist() for op in kinked if op.regions}

    assert regions == {name: [0, 0, 1, 1] for name in ("relu", "leaky_relu", "elu", "selu", "softsign")}
    assert OPS["step"].regions(z).tolist() == [0, 1, 1, 1]  # type: ignore[misc]
    assert OPS["softplus"].regions(z, beta=2.0, threshold=5.0).tolist() == [0, 0, 0, 1]  # type: ignore[misc]


def test_a_flat_piece_stops_even_an_infinite_gradient() -> None:
    assert slope("relu", -1.0, 2.0, grad=INF) == [0.0, INF]


@pytest.mark.parametrize("op", ACTIVATION_OPS, ids=lambda op: op.name)
def test_nan_goes_through_every_activation(op) -> None:
    _, params = op.example(np.random.default_rng(0))
    z = np.array([[NAN, 1.0]])

    with np.errstate(all="ignore"):
        assert np.isnan(op.forward(z, **params)[0, 0])


def test_an_infinite_z_gives_what_the_formula_gives() -> None:
    found = {
        "sigmoid": f("sigmoid", -INF, INF),
        "relu": f("relu", -INF, INF),
        "leaky_relu": f("leaky_relu", -INF, INF, negative_slope=0.1),
        "elu": f("elu", -INF, INF, alpha=1.0),
        "softplus": f("softplus", -INF, INF, beta=1.0, threshold=20.0),
        "softmax": f("softmax", INF, 1.0),
        "silu": f("silu", -INF, INF),
    }

    np.testing.assert_equal(
        found,
        {
            "sigmoid": [0.0, 1.0],
            "relu": [0.0, INF],
            "leaky_relu": [-INF, INF],
            "elu": [-1.0, INF],
            "softplus": [0.0, INF],
            "softmax": [NAN, NAN],
            "silu": [NAN, INF],
        },
    )
