"""Other ways to make a kernel's numpy calls than at once: noted down to be run many times, or shared.

A `Recorder` binds calls to their arrays and keeps them, so that a program can run them again and again on the same
buffers without Python in between. It knows more than a kernel: which buffers it made itself, which numbers never
change, how arrays lie in memory. So it is here, not in the kernels, that a call is left out or made in the way that is
quickest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine.ops.core.numpy_calls import EAGER, Array, Eager, blank, with_ones

Call = Callable[[], object]
_Made = dict[tuple[Any, ...], tuple[tuple[Array, ...], Any]]  # by maker and ids of values: these, and what it made


class Sharing(Eager):
    """Runs each numpy call at once, but what is shared only once: for the kernels of one iteration."""

    def __init__(self) -> None:
        self._made: _Made = {}

    def with_ones(self, x: Array) -> Array:
        """Copied once."""
        whole: Array = self.shared(with_ones, x)
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
        whole: Array = self.shared(with_ones, x) if known is None else known[1]
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
        """Noted, but for a call that would change nothing: `out` times the gradient of the loss by itself.

        That one is 1 in every iteration, and a number times 1 has the same bits. It is made once and cannot be written
        to; by this, and by its value, it is known here. The VJPs of losses end with such a product.
        """
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
