"""Numbers in one block of memory, so that one call tells whether any of them is no longer finite, or soon will not be.

To look at each value of an iteration would take as long as computing a small one. The product of the block with itself
is one pass at the speed of memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, prod
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Shape

PIECE = 2**13  # from ten thousand numbers on, a product is shared among threads, which takes longer than it


class Watched:
    """Room for values of one number type; what does not fit, or is of another type, lies elsewhere unwatched.

    It starts as zeros, so that room that nothing takes has no size.
    """

    def __init__(self, numbers: int, dtype: np.dtype[Any]) -> None:
        self._block = np.zeros(numbers, dtype)
        self._used = 0

    def empty(self, shape: Shape, dtype: Any) -> Array:
        """The next free room, row after row."""
        end = self._used + prod(shape)
        if np.dtype(dtype) != self._block.dtype or end > len(self._block):
            return np.empty(shape, dtype)
        start, self._used = self._used, end
        return self._block[start:end].reshape(shape)

    @property
    def parts(self) -> tuple[Array, ...]:
        """What is in use of the block, in pieces so small that their product with themselves stays on one thread."""
        used = self._block[: self._used]
        return tuple(used[start : start + PIECE] for start in range(0, self._used, PIECE))


def is_large(parts: Sequence[Array]) -> bool:
    """Whether a number of the parts is not finite, or so large that the sum of all squares is not.

    While that sum is finite, so is a sum of products of two values here, which is what gradients of weights are:
    |sum_i a_i b_i| <= |a| |b| <= (|a|^2 + |b|^2) / 2.

    Source: the inequalities of Cauchy and Schwarz, and of the arithmetic and the geometric mean.
    """
    size = 0.0
    for part in parts:
        size += part.dot(part)
    return not size < inf
