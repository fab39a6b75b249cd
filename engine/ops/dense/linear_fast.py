"""The affine map in fewer calls: the bits of the plain kernels in `linear`, without their copies.

Weight and bias mostly lie behind each other in one vector, and so do their gradients. Then [weight bias] is the memory
itself, and the product that gives both gradients writes straight to where they belong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.ops.core.op import Array, Fast
from engine.ops.core.products import product


def _joined(xp: Any, weight: Array, bias: Array) -> Array:
    """The bias as one more column of the weight: the memory itself where the bias already lies behind it."""
    units, fan_in = weight.shape
    if _follows(bias, weight):
        return as_strided(weight, (units, fan_in + 1), weight.strides)
    whole = np.empty((units, fan_in + 1), weight.dtype, order="F")
    xp.copyto(whole[:, :-1], weight)
    xp.copyto(whole[:, -1], bias)
    return whole


def _follows(bias: Array, weight: Array) -> bool:
    """Whether the bias begins at the address where the weight ends, in the same memory."""
    compact = weight.flags.f_contiguous and bias.flags.c_contiguous
    shared = weight.base is not None and weight.base is bias.base
    return compact and shared and bias.ctypes.data == weight.ctypes.data + weight.nbytes


def _forward(xp: Any, out: Array, x: Array, weight: Array, bias: Array) -> None:
    product(xp, out.T, _joined(xp, weight, bias), xp.with_ones(x).T)


def _weight_and_bias(xp: Any, grad: Array, x: Array, room: Array | None = None) -> Array:
    """Both gradients side by side.

    room: where the weight's goes.
    """
    units, fan_in = grad.shape[1], x.shape[1]
    both = np.empty((units, fan_in + 1), grad.dtype, order="F") if room is None else xp.widened(room)
    product(xp, both.T, xp.with_ones(x).T, grad)
    return both


def _weight(xp: Any, out: Array, grad: Array, x: Array) -> None:
    _put(xp, out, xp.shared(_weight_and_bias, grad, x, room=out)[:, :-1])


def _bias(xp: Any, out: Array, grad: Array, x: Array) -> None:
    _put(xp, out, xp.shared(_weight_and_bias, grad, x)[:, -1])


def _put(xp: Any, out: Array, part: Array) -> None:
    """No call where it is there already."""
    if out.ctypes.data != part.ctypes.data:
        xp.copyto(out, part)


FAST_FORWARD, FAST_WEIGHT, FAST_BIAS = Fast(_forward), Fast(_weight), Fast(_bias)
