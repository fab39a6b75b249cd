"""One net's bound calls made into calls for many nets: each numpy call once, with one more axis in front.

What a machine has noted down are numpy calls on fixed arrays. An array that some call writes, or that is another one
for each net, is laid out once more with an axis of nets in front; what all nets share stays as it is and is broadcast.
So a call costs its start once for all nets, and nothing about an op has to be known or written again.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.lib.array_utils import byte_bounds

from engine.execution.recorder import Call
from engine.foundation.errors import EngineError
from engine.ops.core.numpy_calls import EAGER, erf, one_minus_power
from engine.ops.core.op import Array

_MATRIX = np.matmul, (2, 2, 2)
_VECTOR = np.vecdot, (1, 1, 0)
_GENERALIZED: dict[np.ufunc, tuple[np.ufunc, tuple[int, ...]]] = {np.matmul: _MATRIX, np.vecdot: _VECTOR}
_DOTS = {(2, 2): _MATRIX, (1, 1): _VECTOR, (2, 1): (np.matvec, (2, 1, 1)), (1, 2): (np.vecmat, (1, 2, 1))}

_PAGE, _STEP = 4096, 448  # bytes; seven lines of the cache


class NotStackableError(EngineError):
    """A program makes a call that has no form for many nets at once."""


@dataclass(slots=True)
class _Piece:
    """Memory that arrays have in common, from one address to another; `stack` (nets, bytes) if each net has its own."""

    start: int
    end: int
    stack: Array | None = None


class Lifting:
    """The arrays of one net, and where those of many nets are.

    Args:   nets: how many; calls: all that will be made; outside: arrays that somebody else writes, for each net.
    Raises: NotStackableError.
    """

    def __init__(self, nets: int, calls: Sequence[Call], outside: Iterable[Array]) -> None:
        self._nets, self._rooms = nets, 0
        bound = [cast("partial[Any]", call) for call in calls]
        owned = [array for array in (*map(_written, bound), *outside) if array.size]
        arrays = [a for call in bound for a in (*call.args, *call.keywords.values()) if isinstance(a, np.ndarray)]
        self._pieces = _pieces([a for a in (*arrays, *owned) if a.size])
        self._starts = [piece.start for piece in self._pieces]
        for array in owned:
            self._own(self._piece(array))

    def _own(self, piece: _Piece) -> None:
        """Gives every net memory of its own, which begins as the one net's is now."""
        if piece.stack is None:
            one = np.frombuffer(ctypes.string_at(piece.start, piece.end - piece.start), np.uint8)
            piece.stack = self._room(len(one))
            piece.stack[...] = one

    def _room(self, size: int) -> Array:
        """(nets, bytes), a little further behind the start of a page each time.

        Large arrays all begin where a page does. Calls go through theirs in step, and a processor takes a number that
        was just written for another one that is read as far behind its own page: that cost a fourteenth of the time.
        """
        self._rooms += 1
        room = np.empty(self._nets * size + 2 * _PAGE, np.uint8)
        start = -room.ctypes.data % _PAGE + _STEP * self._rooms % _PAGE
        return room[start : start + self._nets * size].reshape(self._nets, size)

    def _piece(self, array: Array) -> _Piece:
        return self._pieces[bisect_right(self._starts, array.ctypes.data) - 1]

    def array(self, array: Array) -> Array | None:
        """(nets, ...): the array of every net; None where all share the one."""
        piece = self._piece(array)
        if piece.stack is None:
            return None
        strides = (piece.stack.strides[0], *array.strides)
        offset = array.ctypes.data - piece.start
        return np.ndarray((self._nets, *array.shape), array.dtype, cast("Any", piece.stack), offset, strides)

    def own(self, array: Array) -> Array:
        """The array of every net, of one that each has for itself."""
        found = self.array(array)
        assert found is not None, "each net has its own"
        return found

    def call(self, call: Call) -> Call:
        """The call for all nets.

        Raises: NotStackableError for a function that has no such form here.
        """
        given = cast("partial[Any]", call)
        function, args, how = given.func, given.args, given.keywords
        if isinstance(function, np.ufunc) and function.signature is None:
            return self._cellwise(function, args, how, _written(given).ndim)
        if isinstance(function, np.ufunc):
            return self._products(*_GENERALIZED[function], args)
        if function is np.copyto or function is erf:
            return self._cellwise(function, args, how, args[0].ndim)
        if function == EAGER.dot:
            return self._products(*_DOTS[args[0].ndim, args[1].ndim], args)
        if function == EAGER.take:
            return self._take(*args)
        if function is one_minus_power:
            return partial(_one_minus_power, args[0], self.own(args[1]), **how)
        return self._reduce(function, *args, **how)

    def _cellwise(self, function: Any, args: Sequence[Any], how: dict[str, Any], rank: int) -> Call:
        named = {name: self._ranked(value, rank) for name, value in how.items()}
        return partial(function, *(self._ranked(value, rank) for value in args), **named)

    def _ranked(self, value: Any, rank: int) -> Any:
        """A value for all nets, with as many axes behind that of the nets as the result has."""
        lifted = self.array(value) if isinstance(value, np.ndarray) else None
        return value if lifted is None else lifted[(slice(None), *[None] * (rank - value.ndim))]

    def _products(self, function: Any, core: Sequence[int], args: Sequence[Array]) -> Call:
        """Products over the last axes; the axes before those, and the nets, are gone through."""
        loops = max(value.ndim - axes for value, axes in zip(args[:2], core, strict=False))
        return partial(function, *(self._ranked(v, loops + axes) for v, axes in zip(args, core, strict=True)))

    def _reduce(self, function: Any, x: Array, axis: Any, dtype: Any, out: Array, keepdims: bool = False) -> Call:
        axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        behind = tuple(k % x.ndim + 1 for k in axes)
        return partial(function, self._with_nets(x), behind, dtype, self.own(out), keepdims)

    def _with_nets(self, x: Array) -> Array:
        lifted = self.array(x)
        return np.broadcast_to(x, (self._nets, *x.shape)) if lifted is None else lifted

    def _take(self, source: Array, indices: Array, along: int | None, out: Array, mode: Any) -> Call:
        """Rows at places: of data that all share in one call; else each net's own."""
        axis, places, result = along or 0, self._with_nets(indices), self.own(out)
        if self.array(source) is None:
            return partial(source.take, places, along, np.moveaxis(result, 0, axis), mode)
        if along is None and source.ndim > 1:
            raise NotStackableError("places in an array that each net has for itself, counted through all its axes")
        nets = np.arange(self._nets).reshape(-1, *[1] * indices.ndim)
        own = np.moveaxis(self.own(source), axis + 1, 1)
        last = tuple(range(1, 1 + indices.ndim))
        target = np.moveaxis(result, tuple(range(axis + 1, axis + 1 + indices.ndim)), last)
        return partial(_take_own, own, nets, places, target)


def _take_own(source: Array, nets: Array, places: Array, out: Array) -> None:
    out[...] = source[nets, places]


def _one_minus_power(exponent: Array, out: Array, base: float) -> None:
    """Of the number of the iteration, which is the same for all nets."""
    out[...] = 1.0 - base ** exponent.item()


def _written(call: partial[Any]) -> Array:
    """The array that a call writes.

    Raises: NotStackableError for a function that is not known here.
    """
    function, args = call.func, call.args
    if isinstance(function, np.ufunc):
        found: Array = args[function.nin] if len(args) > function.nin else call.keywords["out"]
        return found
    if function is np.copyto:
        return cast("Array", args[0])
    if function == EAGER.dot:
        return cast("Array", args[2])
    if function == EAGER.take or _is_reduction(function):
        return cast("Array", args[3])
    if function is one_minus_power or function is erf:
        return cast("Array", args[1])
    raise NotStackableError(f"{getattr(function, '__name__', function)} has no form for many nets at once")


def _is_reduction(function: Any) -> bool:
    return isinstance(getattr(function, "__self__", None), np.ufunc) and function.__name__ == "reduce"


def _pieces(arrays: Iterable[Array]) -> list[_Piece]:
    """The memory of some arrays, in order; arrays that overlap lie in one piece."""
    pieces: list[_Piece] = []
    for start, end in sorted(map(byte_bounds, arrays)):
        if pieces and start < pieces[-1].end:
            pieces[-1].end = max(pieces[-1].end, end)
        else:
            pieces.append(_Piece(start, end))
    return pieces
