"""The words that a line of numpy may use: which functions, methods and helpers, and what each is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.ops import OPS
from engine.ops.core.op import Array

ELEMENTWISE = (
    *("exp", "expm1", "log", "log1p", "sqrt", "square", "tanh", "sin", "cos", "tan", "abs", "sign", "negative"),
    *("maximum", "minimum", "logaddexp", "power", "multiply", "add", "subtract", "divide", "where", "clip"),
)
SHAPING = (
    "sum",
    "mean",
    "max",
    "min",
    "prod",
    "roll",
    "expand_dims",
    "broadcast_to",
    "zeros_like",
    "ones_like",
    "tril",
)
PRODUCTS = ("dot", "matmul", "outer", "transpose", "diag")
NUMBERS: Mapping[str, float] = {"pi": math.pi, "inf": math.inf}
METHODS = frozenset(("sum", "mean", "max", "min", "prod", "copy", "swapaxes", "transpose", "reshape", "dot"))
ATTRIBUTES = frozenset(("T", "shape", "size", "ndim"))
MOST = 1000  # rows of an array that is made from a number alone
KEYWORDS = frozenset(("axis", "keepdims", "causal"))


def _largest(terms: Array) -> Array:
    """Of each row of terms the one that is largest in size."""
    at = np.abs(terms).argmax(axis=-1)[..., None]
    return np.asarray(np.take_along_axis(terms, at, -1)[..., 0])


def _logsumexp(z: Array, axis: int = -1, keepdims: bool = False) -> Array:
    largest = z.max(axis=axis, keepdims=True)
    total: Array = np.asarray(np.log(np.exp(z - largest).sum(axis=axis, keepdims=True)) + largest)
    return total if keepdims else total.squeeze(axis)


def _along(axis: int, vector: Array, x: Array) -> Array:
    shape = [1] * x.ndim
    shape[axis] = -1
    return vector.reshape(shape)


def _sum_all_but(axis: int, x: Array) -> Array:
    summed: Array = x.sum(axis=tuple(i for i in range(x.ndim) if i != axis))
    return summed


def _class_weights(weight: Array, prediction: Array) -> Array:
    spread: Array = np.broadcast_to(weight, prediction.shape[1])
    return spread


def _smoothed(rows: Array, weights: Array, smoothing: float) -> Array:
    return np.asarray(weights * ((1 - smoothing) * rows + smoothing / rows.shape[1]))


def _erf(x: Any) -> Array:
    return np.asarray(np.vectorize(math.erf)(x))


def _window(stride: tuple[int, ...], padding: tuple[int, ...], dilation: tuple[int, ...]) -> dict[str, Any]:
    return {"stride": stride, "padding": padding, "dilation": dilation}


def _conv2d(x: Array, weight: Array, *window: tuple[int, ...]) -> Array:
    return OPS["conv2d_without_bias"].forward(x, np.ascontiguousarray(weight), **_window(*window))


def _conv2d_weight(x: Array, shape: tuple[int, ...], grad: Array, *window: tuple[int, ...]) -> Array:
    return OPS["conv2d_without_bias"].vjp("weight", grad, x, np.zeros(shape, x.dtype), **_window(*window))


def _conv2d_input(shape: tuple[int, ...], weight: Array, grad: Array, *window: tuple[int, ...]) -> Array:
    blank = np.zeros(shape, grad.dtype)
    return OPS["conv2d_without_bias"].vjp("x", grad, blank, np.ascontiguousarray(weight), **_window(*window))


def _avg_pool(x: Array, kernel: Any, stride: Any, padding: Any) -> Array:
    return OPS["avg_pool2d"].forward(x, kernel=kernel, stride=stride, padding=padding)


def _avg_pool_input(grad: Array, x: Array, kernel: Any, stride: Any, padding: Any) -> Array:
    return OPS["avg_pool2d"].vjp("x", grad, x, kernel=kernel, stride=stride, padding=padding)


def _eye(size: int) -> Array:
    return np.eye(_few(size))


def _arange(*bounds: int) -> Array:
    return np.arange(*map(_few, bounds))


def _few(count: int) -> int:
    if not -MOST <= count <= MOST:
        raise ValueError(f"up to {MOST} rows")
    return count


def _softmax(z: Array) -> Array:
    return OPS["softmax"].forward(z)


def _log_softmax(z: Array) -> Array:
    return OPS["log_softmax"].forward(z)


HELPERS: Mapping[str, Callable[..., Any]] = {
    "len": len,
    "largest": _largest,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "along": _along,
    "sum_all_but": _sum_all_but,
    "class_weights": _class_weights,
    "smoothed": _smoothed,
    "erf": _erf,
    "conv2d": _conv2d,
    "conv2d_weight": _conv2d_weight,
    "conv2d_input": _conv2d_input,
    "avg_pool": _avg_pool,
    "avg_pool_input": _avg_pool_input,
}
"""What lines of code call by name, as functions that run: their bodies are shown from `engine.ops.core.helpers`."""

COUNTED: Mapping[str, Callable[..., Any]] = {"eye": _eye, "arange": _arange, "float32": np.float32}
"""Words of numpy that make an array from a number alone."""
OURS: Mapping[str, Callable[..., Any]] = {"einsum": np.einsum}
"""Words of numpy that only the engine's own lines use."""
