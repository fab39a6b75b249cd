"""A fast kernel stands in for a plain one only if no bit tells them apart, whatever the numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.execution.recorder import Recorder, Sharing
from engine.ops import OPS
from engine.ops.core.numpy_calls import EAGER
from engine.ops.core.op import Array
from tests.engine.support.op_cases import FAST_CASES, Case, case_name

every_fast_function = pytest.mark.parametrize("case", FAST_CASES, ids=case_name)
every_type = pytest.mark.parametrize("dtype", ["float64", "float32"])
every_way = pytest.mark.parametrize("way", [lambda: EAGER, Sharing, Recorder], ids=["eager", "sharing", "recorder"])

STRANGE = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e-310, 1e-45, 1e-40, 1.7e308, -3e38)


@np.errstate(over="ignore")
def drawn(shape: tuple[int, ...], rng: np.random.Generator, dtype: str) -> Array:
    """Ordinary numbers with every third one replaced by a strange one."""
    numbers, strange = rng.normal(size=shape), rng.choice(STRANGE, size=shape)
    return np.where(rng.uniform(size=shape) < 1 / 3, strange, numbers).astype(dtype)


@np.errstate(all="ignore")
def result(case: Case, seed: int, dtype: str, xp: Any) -> Array:
    """What a case's kernel makes of drawn numbers: the same for both kernels of a function."""
    rng = np.random.default_rng(seed)
    args = [drawn(a.shape, rng, dtype) for a in case.example[0]]
    known = dict(zip(case.op.args, args, strict=True))
    known["output"] = case.op.forward(*args, **case.params)
    known["grad"] = drawn(known["output"].shape, rng, dtype)
    out = case.run({name: known[name] for name in case.taken}, xp, np.full(case.result_shape, np.nan, dtype))
    for call in xp.calls if isinstance(xp, Recorder) else ():
        call()
    return out


def bits(array: Array) -> list[bytes]:
    """Every number's bits; one nan is as good as another."""
    return [b"nan" if np.isnan(cell) else cell.tobytes() for cell in array.ravel()]


@every_way
@every_type
@every_fast_function
def test_a_fast_kernel_gives_the_bits_of_the_plain_one(case: Case, dtype: str, way: Any) -> None:
    plain = replace(case, fast=False)
    fast = [bits(result(case, seed, dtype, way())) for seed in range(30)]
    assert fast == [bits(result(plain, seed, dtype, EAGER)) for seed in range(30)]


@pytest.mark.parametrize("quick", [False, True])
def test_relu_stops_every_gradient_where_it_is_flat_and_lets_all_through_elsewhere(quick: bool) -> None:
    z = np.array([-1.0, -0.0, 0.0, 5e-324, 2.0, np.inf, np.nan, -np.inf])
    function, found = OPS["relu"].vjps["z"], np.empty((4, len(z)))
    grads = (np.inf, -np.inf, np.nan, 3.0)
    for out, grad in zip(found, grads, strict=True):
        given = (np.full(len(z), grad), z)
        if quick:
            function.quick(EAGER, out, *given, OPS["relu"].forward(z))
        else:
            function.kernel(EAGER, out, *given)
    np.testing.assert_array_equal(found, [[0, 0, 0, g, g, g, g, 0] for g in grads])


def test_max_pooling_hands_an_infinite_gradient_to_the_largest_cell_only() -> None:
    x = np.array([[[[1.0, 4.0], [3.0, 2.0]]]])
    params: dict[str, Any] = {"kernel": (2, 2), "stride": (2, 2), "padding": (0, 0)}
    found = OPS["max_pool2d"].vjp("x", np.full((1, 1, 1, 1), np.inf), x, **params)
    np.testing.assert_array_equal(found, [[[[0.0, np.inf], [0.0, 0.0]]]])
