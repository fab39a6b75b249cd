"""The numpy calls that kernels make.

A kernel is a function that makes numpy calls through `xp` and writes into `out`. With `EAGER` the calls happen at once.
The execution has other ways: to note the calls, so that they run many times on the same buffers, and to make only once
what several kernels need. All see the same calls in the same order, hence the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_erf = np.frompyfunc(math.erf, 1, 1)


def erf(x: Array, out: Array) -> None:
    """The error function, cell by cell from the standard library: numpy has none."""
    np.copyto(out, _erf(x), casting="unsafe")


def one_minus_power(exponent: Array, out: Array, base: float) -> None:
    """1 - base^exponent of one number in double precision, 1 - 0.999 loses digits; one call of Python, not three."""
    out[()] = 1.0 - base ** exponent.item()


def blank(shape: tuple[int, ...], dtype: Any, empty: Callable[[tuple[int, ...], Any], Array] = np.empty) -> Array:
    """Room for a value, its first axis last in memory: a matrix lies column after column.

    Then a layer's units are rows of memory: to put a row of ones below them is to add a bias to the next layer. And
    an image's channels are one after the other, each with its samples side by side.

    empty: what gives memory, row after row.
    """
    return np.moveaxis(empty((*shape[1:], *shape[:1]), dtype), -1, 0) if shape else empty(shape, dtype)


class Eager:
    """Runs each numpy call at once."""

    erf = staticmethod(erf)
    one_minus_power = staticmethod(one_minus_power)
    # the methods of arrays: np.dot and np.take take the way through a dispatcher, which is half of their time, and to
    # copy one number, rounded if need be, is a third of np.copyto's
    dot = staticmethod(np.ndarray.dot)
    take = staticmethod(np.ndarray.take)
    fill = staticmethod(np.ndarray.fill)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def with_ones(self, x: Array) -> Array:
        """x (N, K) and a column of ones after it."""
        return with_ones(self, x)

    def widened(self, matrix: Array) -> Array:
        """Room for a matrix with one more column behind it."""
        return np.empty((matrix.shape[0], matrix.shape[1] + 1), matrix.dtype, order="F")

    def shared(self, make: Callable[..., Any], *values: Array, **how: Any) -> Any:
        """What several kernels need of the same values, and only read: ``make(xp, *values)``.

        how: what else the maker is told by the first that asks; the numbers must not depend on it.
        """
        return make(self, *values, **how)


EAGER = Eager()


def with_ones(xp: Any, x: Array) -> Array:
    """A copy of x (N, K) with a column of ones after it."""
    whole = np.ones((x.shape[0], x.shape[1] + 1), x.dtype, order="F" if x.flags.f_contiguous else "C")
    xp.copyto(whole[:, :-1], x)
    return whole
