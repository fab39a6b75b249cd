"""Normalization in plain parts: centering, rescaling by a statistic, and the learned scale and shift.

Batch norm is batch_mean, center, batch_mean_square, inverse_root, rescale, scale, shift; layer norm the same with the
statistics of each sample; RMS norm is sample_mean_square, inverse_root, rescale, scale. x has a part in the result more
than once, so its gradient comes in named contributions that are added up: straight through, by way of the root of the
mean square, and by way of the mean.

What is spread over cells has the shape that is left without the parameter `axes`, or of the one axis `axis`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.axes import (
    Axes,
    Params,
    across,
    axes_of,
    kept_shape,
    spread,
    spread_terms,
    summed,
    sums,
    sums_of_products,
)
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Shape, Term, Terms, cell, elementwise, said
from engine.ops.core.slips import Slip, averaged, sign_reversed
from engine.ops.core.structure import same
from engine.ops.normalization.running_statistics import RUNNING_OPS
from engine.ops.normalization.statistics import BATCH_NORM, LAYER_NORM, STATISTIC_OPS

_COPY = Function(
    same,
    ("grad",),
    "...->...",
    "$out = $grad",
    "$grad.copy()",
    elementwise("grad"),
)
_MINUS = Factor(-1.0, symbol="-1")
_SUMMED = r"\textstyle\sum_{i=1}^{m}"


def _spread_shape(x: Shape, statistic: Shape, axes: Axes) -> Shape:
    if statistic != kept_shape(x, axes):
        raise ShapeError(f"over the axes {axes}, {x} has a statistic of {kept_shape(x, axes)}; given {statistic}")
    return x


def _axis_shape(x: Shape, learned: Shape, axis: int) -> Shape:
    if not 0 < axis < len(x) or learned != (x[axis],):
        raise ShapeError(f"there is one learned number for each place along axis {axis} of {x}; given {learned}")
    return x


def _of_statistic(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3, 2)), rng.uniform(0.5, 2, 3)), {"axes": (0, 2)}


def _of_axis(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3, 2)), rng.uniform(0.5, 2, 3)), {"axis": 1}


# --- center ---------------------------------------------------------------------------------------


def _center(xp: Any, out: Array, x: Array, mean: Array, axes: Axes) -> None:
    xp.subtract(x, spread(mean, axes), out)


def _center_mean(xp: Any, out: Array, grad: Array, axes: Axes) -> None:
    sums(xp, out, grad, axes)
    xp.negative(out, out)


def _center_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    yield (cell(operands, "x", index),)
    yield from spread_terms(_minus_mean_term)(index, operands, params)


def _minus_mean_term(operands: Operands, index: Index, at: Index, params: Params) -> Term:
    return _MINUS, cell(operands, "mean", at)


def _minus_grad_term(operands: Operands, at: Index, index: Index, params: Params) -> Term:
    return _MINUS, cell(operands, "grad", at)


CENTER = Op(
    name="center",
    title="centering",
    args=("x", "mean"),
    function=Function(
        _center,
        ("x", "mean"),
        "n...,k->n...",
        "$out = $x - $mean",
        "$x - np.expand_dims($mean, $axes)",
        _center_terms,
        across,
        says="Takes the mean away, so that what is left has mean 0.",
        slips=(
            Slip(
                "mean_added", "mean added", "You added the mean: it is taken away.", "$x + np.expand_dims($mean, $axes)"
            ),
            Slip("mean_not_subtracted", "mean not subtracted", "You left out the mean.", "$x"),
        ),
    ),
    vjps={
        "x": said(_COPY, "The direct path: subtracting the mean passes the gradient on as it is."),
        "mean": Function(
            _center_mean,
            ("grad",),
            "n...->k",
            rf"$out = -{_SUMMED} {{$grad}}_{{i}}",
            "-$grad.sum(axis=$axes)",
            summed(_minus_grad_term, "grad"),
            across,
            says="The path through the mean: each number shifts it, so their gradients add up here.",
            slips=(
                sign_reversed("$grad.sum(axis=$axes)"),
                averaged("-$grad.mean(axis=$axes)"),
            ),
        ),
    },
    shape=_spread_shape,
    source=f"{BATCH_NORM}.",
    example=_of_statistic,
)


# --- rescale, scale: times a number for several cells ---------------------------------------------


def _times(xp: Any, out: Array, x: Array, factor: Array, **params: Any) -> None:
    xp.multiply(x, spread(factor, axes_of(params, x.ndim)), out)


def _times_factor(xp: Any, out: Array, grad: Array, x: Array, **params: Any) -> None:
    sums_of_products(xp, out, grad, x, axes_of(params, x.ndim))


def _times_term(name: str, factor: str) -> Terms:
    """The product of a cell and of what is spread to it."""
    return spread_terms(lambda operands, index, at, params: (cell(operands, name, index), cell(operands, factor, at)))


def _times_factor_term(operands: Operands, at: Index, index: Index, params: Params) -> Term:
    return cell(operands, "grad", at), cell(operands, "x", at)


def _rescaling(factor: str, code: str, sum_code: str) -> tuple[Function, dict[str, Function]]:
    """x times what is spread over it, and the two VJPs. The factor's comes first: its way back is the longer one."""

    def times(first: str) -> Function:
        formula, line = rf"$out = ${first} \odot ${factor}", code.format(first=f"${first}", factor=f"${factor}")
        return Function(_times, (first, factor), "n...,k->n...", formula, line, _times_term(first, factor), across)

    back = Function(
        _times_factor,
        ("grad", "x"),
        "n...,n...->k",
        rf"$out = {_SUMMED} {{$grad}}_{{i}}\, {{$x}}_{{i}}",
        sum_code,
        summed(_times_factor_term, "x"),
        across,
    )
    return times("x"), {factor: back, "x": times("grad")}


_RESCALE, _RESCALE_VJPS = _rescaling(
    "factor", "{first} * np.expand_dims({factor}, $axes)", "($grad * $x).sum(axis=$axes)"
)

RESCALE = Op(
    name="rescale",
    title="rescaling",
    args=("x", "factor"),
    function=said(_RESCALE, "Brings the spread of $where to 1."),
    vjps={
        "factor": said(
            _RESCALE_VJPS["factor"],
            "The path through the spread: how the loss changes when all numbers are scaled alike.",
        ),
        "x": said(_RESCALE_VJPS["x"], "The direct path: divided by the spread, as the numbers were."),
    },
    shape=_spread_shape,
    source=f"{BATCH_NORM}.",
    example=_of_statistic,
)

_SCALE, _SCALE_VJPS = _rescaling(
    "gamma",
    "{first} * along($axis, {factor}, {first})",
    "sum_all_but($axis, $grad * $x)",
)

SCALE = Op(
    name="scale",
    title="learned scale",
    args=("x", "gamma"),
    function=said(_SCALE, "Multiplies every unit of $where by the scale that it has learned."),
    vjps={
        "gamma": said(_SCALE_VJPS["gamma"], "The learned scale: the gradient times what it scaled, over the batch."),
        "x": said(_SCALE_VJPS["x"], "Back through the learned scale."),
    },
    shape=_axis_shape,
    source=f"{BATCH_NORM}; {LAYER_NORM}; gamma is weight in torch.nn.BatchNorm1d and LayerNorm.",
    example=_of_axis,
)


# --- shift ----------------------------------------------------------------------------------------


def _shift(xp: Any, out: Array, x: Array, beta: Array, axis: int) -> None:
    xp.add(x, spread(beta, axes_of({"axis": axis}, x.ndim)), out)


def _shift_beta(xp: Any, out: Array, grad: Array, axis: int) -> None:
    sums(xp, out, grad, axes_of({"axis": axis}, grad.ndim))


def _shift_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    yield (cell(operands, "x", index),)
    yield (cell(operands, "beta", (index[params["axis"]],)),)


def _grad_term(operands: Operands, at: Index, index: Index, params: Params) -> Term:
    return (cell(operands, "grad", at),)


SHIFT = Op(
    name="shift",
    title="learned shift",
    args=("x", "beta"),
    function=Function(
        _shift,
        ("x", "beta"),
        "n...,k->n...",
        "$out = $x + $beta",
        "$x + along($axis, $beta, $x)",
        _shift_terms,
        across,
        says="Adds to every unit of $where the shift that it has learned.",
    ),
    vjps={
        "beta": Function(
            _shift_beta,
            ("grad",),
            "n...->k",
            rf"$out = {_SUMMED} {{$grad}}_{{i}}",
            "sum_all_but($axis, $grad)",
            summed(_grad_term, "grad"),
            across,
            says="The learned shift: the gradient at its unit, over the batch.",
        ),
        "x": said(_COPY, "A shift passes the gradient on as it is."),
    },
    shape=_axis_shape,
    source=f"{BATCH_NORM}; {LAYER_NORM}; beta is bias in torch.nn.BatchNorm1d and LayerNorm.",
    example=_of_axis,
)

NORM_OPS = (*STATISTIC_OPS, CENTER, RESCALE, SCALE, SHIFT, *RUNNING_OPS)
