"""The two ways to run the same numpy calls: at once, or noted down to be run many times.

A kernel is a function that makes numpy calls through `xp` and writes into `out`. With `EAGER` the calls happen; with
a `Recorder` they are bound to their arrays and kept, so that a program can run them again and again on the same
buffers without Python in between. Both see the same calls in the same order, hence the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

Call = Callable[[], object]

_erf = np.frompyfunc(math.erf, 1, 1)


def erf(x: np.ndarray, out: np.ndarray) -> None:
    """The error function, cell by cell from the standard library: numpy has none."""
    np.copyto(out, _erf(x), casting="unsafe")


class Eager:
    """Runs each numpy call at once."""

    erf = staticmethod(erf)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


EAGER = Eager()


class Recorder:
    """Notes each numpy call, bound to its arguments, instead of running it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __getattr__(self, name: str) -> Recorded:
        return Recorded(getattr(EAGER, name), self.calls)


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
