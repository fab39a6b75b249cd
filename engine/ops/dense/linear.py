"""The affine map of a dense layer.

Matrices lie column after column (see `numpy_calls.blank`), and `dot` writes row after row: so the kernels compute the
transpose of each product. What `fast` adds is in `linear_fast`: to copy nothing, and to make no product twice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Function, Op, Shape, sum_of_products
from engine.ops.core.products import product
from engine.ops.core.slips import (
    Slip,
    averaged,
    bias_left_out,
    largest_path_only,
    one_sample_only,
    paths_averaged,
    transposed,
    weights_updated,
    z_for_a,
)
from engine.ops.dense.linear_fast import FAST_BIAS, FAST_FORWARD, FAST_WEIGHT


def _forward(xp: Any, out: Array, x: Array, weight: Array, bias: Array) -> None:
    """[weight bias] times [x 1]: the bias is the weight of an input that is always 1."""
    whole = np.empty((weight.shape[0], weight.shape[1] + 1), weight.dtype, order="F")
    xp.copyto(whole[:, :-1], weight)
    xp.copyto(whole[:, -1], bias)
    product(xp, out.T, whole, xp.with_ones(x).T)


def _forward_without_bias(xp: Any, out: Array, x: Array, weight: Array) -> None:
    product(xp, out.T, weight, x.T)


def _x(xp: Any, out: Array, grad: Array, weight: Array) -> None:
    product(xp, out.T, weight.T, grad.T)


def _weight(xp: Any, out: Array, grad: Array, x: Array) -> None:
    xp.copyto(out, _weight_and_bias(xp, grad, x)[:, :-1])


def _bias(xp: Any, out: Array, grad: Array, x: Array) -> None:
    xp.copyto(out, _weight_and_bias(xp, grad, x)[:, -1])


def _weight_and_bias(xp: Any, grad: Array, x: Array) -> Array:
    """The gradient of [weight bias]: the product of grad and [x 1]."""
    both = np.empty((grad.shape[1], x.shape[1] + 1), grad.dtype, order="F")
    product(xp, both.T, xp.with_ones(x).T, grad)
    return both


def _weight_without_bias(xp: Any, out: Array, grad: Array, x: Array) -> None:
    product(xp, out.T, x.T, grad)


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
    says="What $where hands back: each unit's gradient, through its weights, to its inputs.",
    slips=(
        largest_path_only("largest($grad[:, None] * $weight.T)"),
        transposed("$grad @ $weight.T"),
        weights_updated("$grad @ $next"),
        paths_averaged("$grad @ $weight / len($weight)"),
    ),
)
_VJP_WEIGHT = Function(
    _weight,
    ("grad", "x"),
    "nj,nk->jk",
    r"$out = {$grad}^{\top} $x",
    "$grad.T @ $x",
    sum_of_products(("nj,nk->jk", ("grad", "x"))),
    says="Each weight of $where: the gradient at its unit times the input it saw, over the batch.",
    fast=FAST_WEIGHT,
    slips=(
        Slip(
            "input_left_out",
            "input left out",
            "You left out what the weight saw: the gradient at the unit is multiplied by the input.",
            "$grad.sum(axis=0)[:, None]",
        ),
        Slip(
            "own_activation",
            "own activation for the input",
            "You took the activation of the unit itself: a weight of $where sees that of the unit it comes from.",
            "($grad * $own).sum(axis=0)[:, None]",
            {"own": "own"},
        ),
        z_for_a("$grad.T @ $before"),
        averaged("$grad.T @ $x / len($x)"),
        one_sample_only("$grad[:1].T @ $x[:1]"),
        Slip(
            "samples_mixed_up",
            "samples mixed up",
            "You multiplied the gradient of one sample by the input of another: both are of the same sample.",
            "$grad.T @ np.roll($x, 1, axis=0)",
        ),
    ),
)
_VJP_WEIGHT_WITHOUT_BIAS = replace(_VJP_WEIGHT, kernel=_weight_without_bias, fast=None)
_VJP_BIAS = Function(
    _bias,
    ("grad",),
    "nj->j",
    r"$out = \textstyle\sum_n {$grad}_{n}",
    "$grad.sum(axis=0)",
    sum_of_products(("nj->j", ("grad",))),
    beside=("x",),
    says="Each bias of $where: the gradient at its unit, over the batch.",
    fast=FAST_BIAS,
    slips=(
        averaged("$grad.mean(axis=0)"),
        one_sample_only("$grad[0]"),
    ),
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
        says="Every unit of $where sums its weighted inputs and adds its bias.",
        fast=FAST_FORWARD,
        torch="F.linear($x, $weight, $bias)",
        slips=(
            bias_left_out("$x @ $weight.T"),
            z_for_a("$before @ $weight.T + $bias"),
            transposed("$x @ $weight + $bias"),
            largest_path_only("largest($x[:, None] * $weight) + $bias"),
        ),
    ),
    vjps={"weight": _VJP_WEIGHT, "bias": _VJP_BIAS, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example,
    order="columns",
    affine=True,
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
        says="Every unit of $where sums its weighted inputs.",
        torch="F.linear($x, $weight)",
        slips=(
            z_for_a("$before @ $weight.T"),
            transposed("$x @ $weight"),
            largest_path_only("largest($x[:, None] * $weight)"),
        ),
    ),
    vjps={"weight": _VJP_WEIGHT_WITHOUT_BIAS, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example_without_bias,
    order="columns",
    affine=True,
)
