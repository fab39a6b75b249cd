"""Element-wise arithmetic: at ties, at 0, past what real numbers allow, on scalars, and in any order of memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from engine.foundation.errors import ShapeError
from engine.ops import OPS
from engine.ops.core.op import Array, Op
from engine.ops.elementwise.arithmetic import BINARY_OPS
from engine.ops.elementwise.elementary import ARITHMETIC_OPS

one_op = pytest.mark.parametrize("op", ARITHMETIC_OPS, ids=lambda op: op.name)


def arguments(op: Op, shape: tuple[int, ...] = (), seed: int = 0) -> tuple[tuple[Array, ...], dict[str, Any]]:
    """Numbers that every op is defined for, and its parameters."""
    rng = np.random.default_rng(seed)
    return tuple(np.asarray(rng.uniform(0.3, 2.5, shape)) for _ in op.args), op.example(rng)[1]


def slopes(name: str, *numbers: float, **params: Any) -> list[float]:
    """∂out/∂argument of each argument, at these numbers."""
    args = tuple(np.array(n) for n in numbers)
    op = OPS[name]
    with np.errstate(all="ignore"):
        return [float(op.vjp(argument, np.array(1.0), *args, **params)) for argument in op.args]


def value(name: str, *numbers: float) -> float:
    with np.errstate(all="ignore"):
        return float(OPS[name].forward(*(np.array(n) for n in numbers)))


@one_op
def test_a_scalar_gives_what_a_cell_of_a_matrix_gives(op: Op) -> None:
    args, params = arguments(op, (3, 2))
    corner = tuple(np.array(a[1, 1]) for a in args)

    scalar = op.forward(*corner, **params)

    assert scalar.shape == ()
    assert scalar == op.forward(*args, **params)[1, 1]


@one_op
def test_the_vjps_of_a_scalar_are_those_of_a_cell_of_a_matrix(op: Op) -> None:
    args, params = arguments(op, (3, 2))
    corner = tuple(np.array(a[1, 1]) for a in args)
    grad = np.full((3, 2), -1.7)

    of_scalar = [op.vjp(name, np.array(-1.7), *corner, **params)[()] for name in op.args]

    assert of_scalar == [op.vjp(name, grad, *args, **params)[1, 1] for name in op.args]


@one_op
@given(shape=array_shapes(min_dims=1, max_dims=4, max_side=4), turn=st.booleans(), seed=st.integers(0, 9))
def test_the_order_of_memory_makes_no_difference(op: Op, shape: tuple[int, ...], turn: bool, seed: int) -> None:
    args, params = arguments(op, shape, seed)
    first = (
        np.asfortranarray(args[0]) if turn else np.moveaxis(np.ascontiguousarray(np.moveaxis(args[0], 0, -1)), -1, 0)
    )
    turned = (first, *args[1:])

    results = [op.forward(*turned, **params), *(op.vjp(name, first, *turned, **params) for name in op.args)]

    straight = [op.forward(*args, **params), *(op.vjp(name, args[0], *args, **params) for name in op.args)]
    assert [r.tolist() for r in results] == [s.tolist() for s in straight]


@pytest.mark.parametrize("op", BINARY_OPS, ids=lambda op: op.name)
def test_values_of_different_shapes_are_refused(op: Op) -> None:
    with pytest.raises(ShapeError, match=r"the same shape; given \(2, 3\) and \(3,\)"):
        op.shape((2, 3), (3,))


def test_at_a_tie_both_arguments_of_a_maximum_have_half_of_the_gradient() -> None:
    found = {name: slopes(name, 2.0, 2.0) for name in ("maximum", "minimum")}

    assert found == {"maximum": [0.5, 0.5], "minimum": [0.5, 0.5]}


def test_only_the_chosen_argument_of_a_maximum_has_a_gradient() -> None:
    found = [slopes("maximum", 1.0, 2.0), slopes("minimum", 1.0, 2.0), slopes("maximum", 2.0, 1.0)]

    assert found == [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]


def test_an_infinite_gradient_does_not_reach_the_argument_that_was_not_chosen() -> None:
    args = (np.array(1.0), np.array(2.0))

    found = [float(OPS["maximum"].vjp(name, np.array(np.inf), *args)) for name in ("a", "b")]

    assert found == [0.0, np.inf]


def test_the_slope_of_the_absolute_value_is_zero_at_its_kink() -> None:
    assert [slopes("absolute", z) for z in (-3.0, 0.0, 3.0)] == [[-1.0], [0.0], [1.0]]


@pytest.mark.parametrize("op", [op for op in ARITHMETIC_OPS if op.regions], ids=lambda op: op.name)
def test_the_two_sides_of_a_kink_are_two_regions(op: Op) -> None:
    assert op.regions is not None
    other = [np.array(0.0)] * (len(op.args) - 1)

    sides = [int(op.regions(np.array(z), *other)) for z in (-0.1, 0.1)]

    assert sides == [0, 1]


def test_what_real_numbers_do_not_allow_is_infinite_or_nan() -> None:
    found = {
        "1/0": value("divide", 1.0, 0.0),
        "-1/0": value("divide", -1.0, 0.0),
        "log 0": value("log", 0.0),
        "0^-1": value("power", 0.0, -1.0),
    }
    undefined = [value("divide", 0.0, 0.0), value("log", -1.0), value("sqrt", -1.0), value("power", -2.0, 0.5)]

    assert found == {"1/0": math.inf, "-1/0": -math.inf, "log 0": -math.inf, "0^-1": math.inf}
    assert all(math.isnan(number) for number in undefined)


def test_a_power_with_the_exponent_0_has_no_slope_in_its_base_even_at_0() -> None:
    found = [slopes("power", 0.0, 0.0)[0], slopes("power", -2.0, 0.0)[0], *slopes("raise_to", 0.0, exponent=0.0)]

    assert found == [0.0, 0.0, 0.0]


def test_a_power_of_a_negative_number_has_a_slope_in_its_base_and_none_in_its_exponent() -> None:
    base, exponent = slopes("power", -3.0, 2.0)

    assert base == -6.0
    assert math.isnan(exponent)


def test_a_quotient_by_a_large_number_has_a_slope_where_the_square_would_overflow() -> None:
    _, slope = slopes("divide", 1e200, 1e200)

    assert slope == -1e-200
