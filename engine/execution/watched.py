"""Numbers in one block of memory, so that one call tells whether any of them is no longer finite, or soon will not be.

To look at each value of an iteration would take as long as computing a small one. The product of the block with itself
is one pass at the speed of memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf, prod
from typing import Any, cast

import numpy as np

from engine.ops.core.op import Array, Shape

PIECE = 2**13  # from ten thousand numbers on, a product is shared among threads, which takes longer than it

LINE = 64  # bytes of a cache line

Size = Callable[[], float]


class Watched:
    """Room for values of one number type in a block of zeros; what does not fit, or is of another type, lies elsewhere.

    downwards: taken from the end of the block on, so that what is in use lies together with what comes behind it.
    """

    def __init__(self, block: Array, downwards: bool = False) -> None:
        self._block, self._downwards = block, downwards
        self.used = 0

    def empty(self, shape: Shape, dtype: Any) -> Array:
        """The next free room, row after row."""
        size, taken = prod(shape), in_lines(prod(shape), self._block.dtype)
        if np.dtype(dtype) != self._block.dtype or self.used + taken > len(self._block):
            return np.empty(shape, dtype)
        self.used += taken
        start = len(self._block) - self.used if self._downwards else self.used - taken
        return self._block[start : start + size].reshape(shape)


def in_lines(numbers: int, dtype: np.dtype[Any]) -> int:
    """So many numbers, rounded up to whole cache lines: what begins where one begins is computed faster."""
    each = LINE // dtype.itemsize
    return -(-numbers // each) * each


def zeros(numbers: int, dtype: np.dtype[Any]) -> Array:
    """A block of zeros that begins where a cache line does."""
    whole = np.zeros(numbers * dtype.itemsize + LINE, np.uint8)
    skipped = -whole.ctypes.data % LINE
    return whole[skipped : skipped + numbers * dtype.itemsize].view(dtype)


def size_of(block: Array) -> Size:
    """What gives the sum of squares of a block: by pieces so small that each stays on one thread.

    While that sum is finite, so is a sum of products of two values here, which is what gradients of weights are:
    |sum_i a_i b_i| <= |a| |b| <= (|a|^2 + |b|^2) / 2.

    Source: the inequalities of Cauchy and Schwarz, and of the arithmetic and the geometric mean.
    """
    pieces = [block[start : start + PIECE] for start in range(0, len(block), PIECE)] or [block]
    sizes: list[Size] = [cast("Size", partial(piece.dot, piece)) for piece in pieces]
    return sizes[0] if len(sizes) == 1 else lambda: sum(size() for size in sizes)


def is_large(block: Array) -> bool:
    """Whether a number is not finite, or so large that the sum of all squares is not."""
    return not size_of(block)() < inf
