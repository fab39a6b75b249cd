"""Values that lie row after row, as sequences do, seen as one matrix of all their rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from engine.ops.core.op import Array


def rows(xp: Any, value: Array) -> Array:
    """All rows (..., D) below each other: the memory itself where it lies so, else a copy."""
    matrix = (math.prod(value.shape[:-1]), value.shape[-1])
    if value.flags.c_contiguous:
        return value.reshape(matrix)
    copy = np.empty(value.shape, value.dtype)
    xp.copyto(copy, value)
    return copy.reshape(matrix)


@contextmanager
def into_rows(xp: Any, out: Array) -> Iterator[Array]:
    """Room for all rows of a result: its memory itself where it lies so, else what is copied there at the end."""
    room = out if out.flags.c_contiguous else np.empty(out.shape, out.dtype)
    yield room.reshape(math.prod(out.shape[:-1]), out.shape[-1])
    if room is not out:
        xp.copyto(out, room)
