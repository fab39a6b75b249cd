"""The affine map of a dense layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.errors import ShapeError
from engine.ops.base import Array, Function, Op, Shape, sum_of_products


def _forward(xp: Any, out: Array, x: Array, weight: Array, bias: Array) -> None:
    xp.matmul(x, weight.T, out)
    xp.add(out, bias, out)


def _forward_without_bias(xp: Any, out: Array, x: Array, weight: Array) -> None:
    xp.matmul(x, weight.T, out)


def _x(xp: Any, out: Array, grad: Array, weight: Array) -> None:
    xp.matmul(grad, weight, out)


def _weight(xp: Any, out: Array, grad: Array, x: Array) -> None:
    xp.matmul(grad.T, x, out)


def _bias(xp: Any, out: Array, grad: Array) -> None:
    xp.add.reduce(grad, 0, None, out)


def _shape(x: Shape, weight: Shape, *bias: Shape) -> Shape:
    if len(x) != 2 or len(weight) != 2 or x[1] != weight[1] or any(b != weight[:1] for b in bias):
        raise ShapeError(f"linear takes x (N, D), weight (units, D) and bias (units,); given {x}, {weight}, {bias}")
    return (x[0], weight[0])


def _example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), rng.normal(size=2)), {}


def _example_without_bias(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3)), rng.normal(size=(2, 3))), {}


_VJP_X = Function(
    _x,
    ("grad", "weight"),
    "nj,jk->nk",
    r"$out = $grad\, $weight",
    "$grad @ $weight",
    sum_of_products(("nj,jk->nk", ("grad", "weight"))),
)
_VJP_WEIGHT = Function(
    _weight,
    ("grad", "x"),
    "nj,nk->jk",
    r"$out = {$grad}^{\top} $x",
    "$grad.T @ $x",
    sum_of_products(("nj,nk->jk", ("grad", "x"))),
)
_VJP_BIAS = Function(
    _bias,
    ("grad",),
    "nj->j",
    r"$out = \textstyle\sum_n {$grad}_{n}",
    "$grad.sum(axis=0)",
    sum_of_products(("nj->j", ("grad",))),
)
_SOURCE = "Goodfellow et al. 2016, section 6.5.6 (matrix products); matches torch.nn.functional.linear."

LINEAR = Op(
    name="linear",
    title="affine map",
    args=("x", "weight", "bias"),
    function=Function(
        _forward,
        ("x", "weight", "bias"),
        "nk,jk,j->nj",
        r"$out = $x\, {$weight}^{\top} + $bias",
        "$x @ $weight.T + $bias",
        sum_of_products(("nk,jk->nj", ("x", "weight")), ("j->nj", ("bias",))),
    ),
    vjps={"weight": _VJP_WEIGHT, "bias": _VJP_BIAS, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example,
)

LINEAR_WITHOUT_BIAS = Op(
    name="linear_without_bias",
    title="linear map",
    args=("x", "weight"),
    function=Function(
        _forward_without_bias,
        ("x", "weight"),
        "nk,jk->nj",
        r"$out = $x\, {$weight}^{\top}",
        "$x @ $weight.T",
        sum_of_products(("nk,jk->nj", ("x", "weight"))),
    ),
    vjps={"weight": _VJP_WEIGHT, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example_without_bias,
)
