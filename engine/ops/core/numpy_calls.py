"""The two ways to run the same numpy calls: at once, or noted down to be run many times.

A kernel is a function that makes numpy calls through `xp` and writes into `out`. With `EAGER` the calls happen; with
a `Recorder` they are bound to their arrays and kept, so that a program can run them again and again on the same
buffers without Python in between. Both see the same calls in the same order, hence the same bits.

The recorder knows more than a kernel: which buffers it made itself, which numbers never change, how arrays lie in
memory. So it is here, not in the kernels, that a call is left out or made in the way that is quickest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Call = Callable[[], object]
_Made = dict[tuple[Any, ...], tuple[tuple[Array, ...], Any]]  # by maker and ids of values: these, and what it made

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
        return _with_ones(self, x)

    def widened(self, matrix: Array) -> Array:
        """Room for a matrix with one more column behind it."""
        return np.empty((matrix.shape[0], matrix.shape[1] + 1), matrix.dtype, order="F")

    def shared(self, make: Callable[..., Any], *values: Array, **how: Any) -> Any:
        """What several kernels need of the same values, and only read: ``make(xp, *values)``.

        how: what else the maker is told by the first that asks; the numbers must not depend on it.
        """
        return make(self, *values, **how)


EAGER = Eager()


class Sharing(Eager):
    """Runs each numpy call at once, but what is shared only once: for the kernels of one iteration."""

    def __init__(self) -> None:
        self._made: _Made = {}

    def with_ones(self, x: Array) -> Array:
        """Copied once."""
        whole: Array = self.shared(_with_ones, x)
        return whole

    def shared(self, make: Callable[..., Any], *values: Array, **how: Any) -> Any:
        """Made where it is first needed."""
        return _made_once(self._made, self, make, values, how)


class Recorder:
    """Notes each numpy call, bound to its arguments, instead of running it.

    empty:  what gives memory for values.
    steady: an array that stays as it is for many runs of the calls; what comes of it alone is noted in `once`.
    """

    def __init__(self, empty: Callable[[tuple[int, ...], Any], Array] = np.empty, steady: Array | None = None) -> None:
        self._empty, self._steady = empty, steady
        self.once: list[Call] = []
        self.calls: list[Call] = []
        self._with_ones: dict[int, tuple[Array, Array]] = {}
        self._widened: dict[int, tuple[Array, Array]] = {}
        self._made: _Made = {}
        self._free: list[Array] = []
        self._lent: list[Array] = []

    def __getattr__(self, name: str) -> Recorded:
        return Recorded(getattr(EAGER, name), self.calls)

    def blank(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Room for a value, a matrix with a column of ones behind it."""
        if len(shape) != 2:
            return blank(shape, dtype, self._empty)
        return self._before_ones(blank((shape[0], shape[1] + 1), dtype, self._empty))

    def rows(self, shape: tuple[int, int], dtype: Any) -> Array:
        """Room for rows of data one after the other, a column of ones behind it."""
        return self._before_ones(self._empty((shape[0], shape[1] + 1), dtype))

    def _before_ones(self, whole: Array) -> Array:
        whole[:, -1] = 1
        value = whole[:, :-1]
        self._with_ones[id(value)] = value, whole  # the value too, so that its id stays its own
        return value

    def with_ones(self, x: Array) -> Array:
        """x and a column of ones after it: no call where x was made with one, or got one before."""
        known = self._with_ones.get(id(x))
        whole: Array = self.shared(_with_ones, x) if known is None else known[1]
        return whole

    def widen(self, matrix: Array, whole: Array) -> None:
        """Tells that a matrix is all but the last column of `whole`, and that this column may be written with it."""
        self._widened[id(matrix)] = matrix, whole  # the matrix too, as above

    def widened(self, matrix: Array) -> Array:
        """The memory that the matrix lies in, where it has room behind it."""
        known = self._widened.get(id(matrix))
        return EAGER.widened(matrix) if known is None else known[1]

    def shared(self, make: Callable[..., Any], *values: Array, **how: Any) -> Any:
        """Noted where it is first needed."""
        return _made_once(self._made, self, make, values, how)

    def empty_like(self, like: Array) -> Array:
        """Scratch, to be had until it is released: memory that is used again stays in the cache."""
        fits = [i for i, a in enumerate(self._free) if a.shape == like.shape and a.dtype == like.dtype]
        self._lent.append(self._free.pop(fits[0]) if fits else np.empty_like(like))
        return self._lent[-1]

    def release(self, *kept: Array) -> None:
        """Takes back all scratch but what is kept."""
        back = [a for a in self._lent if not any(a is k for k in kept)]
        self._lent = [a for a in self._lent if any(a is k for k in kept)]
        self._free += back

    def multiply(self, a: Array, b: Any, out: Array) -> None:
        """Noted, but for `out` times a number that is 1 and stays it, as the gradient of the loss is."""
        if not (a is out and _is_one(b)):
            Recorded(np.multiply, self.calls)(a, b, out)

    def negative(self, x: Array, out: Array) -> None:
        """Noted; that of a steady number apart, unless its place is lent to others too."""
        steady = x is self._steady and not any(out is a for a in self._lent)
        Recorded(np.negative, self.once if steady else self.calls)(x, out)

    def putmask(self, out: Array, mask: Array, values: Array) -> None:
        """Noted in the order of memory: numpy would copy a matrix that lies column after column, and back."""
        turn = out.ndim == 2 and not out.flags.c_contiguous
        Recorded(np.putmask, self.calls)(*((a.T for a in (out, mask, values)) if turn else (out, mask, values)))


class Recorded:
    """One numpy function whose calls are noted; `xp.add.reduce` is noted like `xp.add`."""

    def __init__(self, function: Any, calls: list[Call]) -> None:
        self.function, self.calls = function, calls

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.calls.append(partial(self.function, *_ready(args), **kwargs))

    @property
    def reduce(self) -> Recorded:
        return Recorded(self.function.reduce, self.calls)


def _ready(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with Python floats made arrays of the type that they would take: half the time of a call."""
    kinds = [a.dtype for a in args if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
    return tuple(np.asarray(a, kinds[0]) if isinstance(a, float) and kinds else a for a in args)


def _is_one(number: Any) -> bool:
    return isinstance(number, np.ndarray) and not number.flags.writeable and number.shape == () and number[()] == 1


def _made_once(made: _Made, xp: Any, make: Callable[..., Any], values: tuple[Array, ...], how: dict[str, Any]) -> Any:
    key = (make, *map(id, values))
    if key not in made:
        made[key] = values, make(xp, *values, **how)  # the values too, so that their ids stay their own
    return made[key][1]


def _with_ones(xp: Any, x: Array) -> Array:
    whole = np.ones((x.shape[0], x.shape[1] + 1), x.dtype, order="F" if x.flags.f_contiguous else "C")
    xp.copyto(whole[:, :-1], x)
    return whole
