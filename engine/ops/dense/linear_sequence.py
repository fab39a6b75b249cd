"""The affine map of every position of a sequence: one matrix product over all positions of all samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Function, Op, Shape, sum_of_products
from engine.ops.core.products import product
from engine.ops.core.rows import into_rows, rows
from engine.ops.core.slips import Slip, averaged


def _forward(xp: Any, out: Array, x: Array, weight: Array, bias: Array) -> None:
    with into_rows(xp, out) as result:
        product(xp, result, rows(xp, x), weight.T)
        xp.add(result, bias, result)


def _forward_without_bias(xp: Any, out: Array, x: Array, weight: Array) -> None:
    with into_rows(xp, out) as result:
        product(xp, result, rows(xp, x), weight.T)


def _x(xp: Any, out: Array, grad: Array, weight: Array) -> None:
    with into_rows(xp, out) as result:
        product(xp, result, rows(xp, grad), weight)


def _weight(xp: Any, out: Array, grad: Array, x: Array) -> None:
    product(xp, out.T, rows(xp, x).T, rows(xp, grad))


def _bias(xp: Any, out: Array, grad: Array) -> None:
    every = rows(xp, grad)
    product(xp, out, every.T, np.ones(len(every), grad.dtype))


def _shape(x: Shape, weight: Shape, *bias: Shape) -> Shape:
    if len(x) != 3 or len(weight) != 2 or x[2] != weight[1] or any(b != weight[:1] for b in bias):
        given = f"{x}, {weight}, {bias}"
        raise ShapeError(f"linear takes x (N, T, D), weight (units, D) and bias (units,); given {given}")
    return (*x[:2], weight[0])


def _example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 4)), rng.normal(size=2)), {}


def _example_without_bias(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 4))), {}


_VJP_X = Function(
    _x,
    ("grad", "weight"),
    "ntj,jk->ntk",
    r"$out = $grad\, $weight",
    "$grad @ $weight",
    sum_of_products(("ntj,jk->ntk", ("grad", "weight"))),
    says="What $where hands back: at each position, each unit's gradient, through its weights, to its inputs.",
)
_VJP_WEIGHT = Function(
    _weight,
    ("grad", "x"),
    "ntj,ntk->jk",
    r"$out = \textstyle\sum_n {$grad}_{n}^{\top} {$x}_{n}",
    'np.einsum("ntj,ntk->jk", $grad, $x)',
    sum_of_products(("ntj,ntk->jk", ("grad", "x"))),
    says="Each weight of $where: the gradient at its unit times the input it saw, over all positions of the batch.",
    slips=(
        Slip(
            "last_step_only",
            "last step only",
            "That is the last step alone: the weights are used at every step, and the parts of all add up.",
            'np.einsum("ntj,ntk->jk", $grad[:, -1:], $x[:, -1:])',
        ),
        Slip(
            "mean_for_sum",
            "mean for sum",
            "You averaged over the batch. The loss has done that already: here the parts add up.",
            'np.einsum("ntj,ntk->jk", $grad, $x) / len($x)',
        ),
    ),
)
_VJP_BIAS = Function(
    _bias,
    ("grad",),
    "ntj->j",
    r"$out = \textstyle\sum_{n,t} {$grad}_{nt}",
    "$grad.sum(axis=(0, 1))",
    sum_of_products(("ntj->j", ("grad",))),
    says="Each bias of $where: the gradient at its unit, over all positions of the batch.",
    slips=(averaged("$grad.mean(axis=(0, 1))"),),
)
_SOURCE = "Goodfellow et al. 2016, section 6.5.6 (matrix products); matches torch.nn.functional.linear on (N, T, D)."

LINEAR_SEQUENCE = Op(
    name="linear_sequence",
    title="affine map of every position",
    args=("x", "weight", "bias"),
    function=Function(
        _forward,
        ("x", "weight", "bias"),
        "ntk,jk,j->ntj",
        r"$out = $x\, {$weight}^{\top} + $bias",
        "$x @ $weight.T + $bias",
        sum_of_products(("ntk,jk->ntj", ("x", "weight")), ("j->ntj", ("bias",))),
        says="Every unit of $where sums its weighted inputs and adds its bias, at all positions at once.",
        torch="F.linear($x, $weight, $bias)",
    ),
    vjps={"weight": _VJP_WEIGHT, "bias": _VJP_BIAS, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example,
    order="rows",
    affine=True,
)

LINEAR_SEQUENCE_WITHOUT_BIAS = Op(
    name="linear_sequence_without_bias",
    title="linear map of every position",
    args=("x", "weight"),
    function=Function(
        _forward_without_bias,
        ("x", "weight"),
        "ntk,jk->ntj",
        r"$out = $x\, {$weight}^{\top}",
        "$x @ $weight.T",
        sum_of_products(("ntk,jk->ntj", ("x", "weight"))),
        says="Every unit of $where sums its weighted inputs, at all positions at once.",
        torch="F.linear($x, $weight)",
    ),
    vjps={"weight": _VJP_WEIGHT, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example_without_bias,
    order="rows",
    affine=True,
)

LINEAR_SEQUENCE_OPS = (LINEAR_SEQUENCE, LINEAR_SEQUENCE_WITHOUT_BIAS)
