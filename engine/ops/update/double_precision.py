"""Scalars of the update phase are computed in double precision, even in a float32 run, as PyTorch's schedulers do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Kernel


def in_double(kernel: Callable[..., None]) -> Kernel:
    """The kernel on float64 copies of what is not float64, its result rounded at the end: no call more in float64."""

    @wraps(kernel)
    def exact(xp: Any, out: Array, *operands: Array, **params: Any) -> None:
        result = _double(out, out.shape)
        kernel(xp, result, *(_copied(xp, operand) for operand in operands), **params)
        if result is not out:
            xp.fill(out, result)

    return exact


def _copied(xp: Any, operand: Array) -> Array:
    copy = _double(operand, operand.shape)
    if copy is not operand:
        xp.copyto(copy, operand)
    return copy


def _double(array: Array, shape: tuple[int, ...]) -> Array:
    return array if array.dtype == np.float64 else np.empty(shape, np.float64)
