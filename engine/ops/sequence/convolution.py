"""Convolution of sequences: the same weights at every stretch of positions.

What a window covers is a row of a matrix, so that the weights of all windows are one matrix product.

In formulas, tap a of window i lies on position p(i, a): see `engine.ops.image.windows`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Function, Index, Op, Operands, Shape, Term, cell, sum_of_products
from engine.ops.core.products import product
from engine.ops.core.rows import into_rows, rows
from engine.ops.image.windows import Line

Params = Mapping[str, Any]


def _line(x: Shape, weight: Shape, params: Params) -> Line:
    return Line(x[1], weight[2], **params)


# --- kernels --------------------------------------------------------------------------------------


def _slid(padded: Array, line: Line, writeable: bool = False) -> Array:
    """The windows over (N, T, C) as (N, windows, C, K), a view: neighbours share positions."""
    seen = sliding_window_view(padded, line.span, 1, writeable=writeable)
    return seen[:, :: line.stride, :, :: line.dilation]


def _room(x: Array, padding: int) -> Array:
    """Sequences of 0, with padding at both ends."""
    return np.zeros((x.shape[0], x.shape[1] + 2 * padding, x.shape[2]), x.dtype)


def _inside(padded: Array, padding: int) -> Array:
    return padded[:, padding : padded.shape[1] - padding]


def _windows(xp: Any, x: Array, weight: Array, params: Params) -> Array:
    """What the windows cover, as a matrix with a row for each window: channel after channel."""
    padded = _room(x, params["padding"])
    xp.copyto(_inside(padded, params["padding"]), x)
    slid = _slid(padded, _line(x.shape, weight.shape, params))
    return rows(xp, _joined(xp, slid))


def _joined(xp: Any, values: Array) -> Array:
    """A copy with the last two axes as one."""
    room = np.empty(values.shape, values.dtype)
    xp.copyto(room, values)
    return room.reshape(*values.shape[:-2], -1)


def _forward(xp: Any, out: Array, x: Array, weight: Array, *bias: Array, **params: int) -> None:
    with into_rows(xp, out) as result:
        product(xp, result, _windows(xp, x, weight, params), _joined(xp, weight).T)
        for offset in bias:
            xp.add(result, offset, result)


def _weight(xp: Any, out: Array, grad: Array, x: Array, weight: Array, **params: int) -> None:
    total = np.empty(weight.shape, grad.dtype)
    product(xp, total.reshape(len(total), -1), rows(xp, grad).T, _windows(xp, x, weight, params))
    xp.copyto(out, total)


def _bias(xp: Any, out: Array, grad: Array, **params: int) -> None:
    every = rows(xp, grad)
    product(xp, out, every.T, np.ones(len(every), grad.dtype))


def _x(xp: Any, out: Array, grad: Array, weight: Array, x: Array, **params: int) -> None:
    """What flows to each tap of each window, added up where the tap lies. A tap at a time, no two share a position."""
    line, padded = _line(x.shape, weight.shape, params), _room(x, params["padding"])
    slid = _slid(padded, line, writeable=True)
    parts = np.empty(slid.shape, grad.dtype)
    product(xp, parts.reshape(math.prod(parts.shape[:2]), -1), rows(xp, grad), _joined(xp, weight))
    xp.copyto(padded, 0.0)
    for tap in range(line.kernel):
        place = slid[..., tap]
        xp.add(place, parts[..., tap], place)
    xp.copyto(out, _inside(padded, params["padding"]))


# --- terms ----------------------------------------------------------------------------------------


def _forward_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    (n, i, o), x, weight = index, operands["x"], operands["weight"]
    under = _line(x.shape, weight.shape, params).under(i)
    for c, (tap, place) in itertools.product(range(x.shape[2]), under):
        yield cell(operands, "x", (n, place, c)), cell(operands, "weight", (o, c, tap))
    if "bias" in operands:
        yield (cell(operands, "bias", (o,)),)


def _weight_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    (o, c, tap), x = index, operands["x"]
    along = _line(x.shape, operands["weight"].shape, params).along(tap)
    for n, (i, place) in itertools.product(range(len(x)), along):
        yield cell(operands, "grad", (n, i, o)), cell(operands, "x", (n, place, c))


def _x_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    (n, place, c), weight = index, operands["weight"]
    over = _line(operands["x"].shape, weight.shape, params).over(place)
    for o, (i, tap) in itertools.product(range(len(weight)), over):
        yield cell(operands, "grad", (n, i, o)), cell(operands, "weight", (o, c, tap))


# --- reach ----------------------------------------------------------------------------------------


def _forward_reach(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params
) -> Iterable[Index]:
    line = _line(shapes[0], shapes[1], params)
    if operand == 0:
        return [(index[0], i, o) for o in range(shape[2]) for i, _ in line.over(index[1])]
    if operand == 1:
        return [(n, i, index[0]) for n in range(shape[0]) for i, _ in line.along(index[2])]
    return ((n, i, index[0]) for n, i in np.ndindex(*shape[:2]))


def _weight_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    line = _line(shapes[1], shape, params)
    if operand == 0:
        return [(index[2], c, tap) for c in range(shape[1]) for tap, _ in line.under(index[1])]
    if operand == 1:
        return [(o, index[2], tap) for o in range(shape[0]) for _, tap in line.over(index[1])]
    return ()  # the weight is there for its shape only


def _x_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    line = _line(shape, shapes[1], params)
    if operand == 0:
        return [(index[0], place, c) for c in range(shape[2]) for _, place in line.under(index[1])]
    if operand == 1:
        return [(n, place, index[1]) for n in range(shape[0]) for _, place in line.along(index[2])]
    return ()  # x is there for its shape only


# --- shapes and examples --------------------------------------------------------------------------


def _shape(x: Shape, weight: Shape, *bias: Shape, stride: int, padding: int, dilation: int) -> Shape:
    if len(x) != 3 or len(weight) != 3 or x[2] != weight[1] or any(b != weight[:1] for b in bias):
        given = ", ".join(map(str, (x, weight, *bias)))
        raise ShapeError(f"conv1d takes x (N, T, C), weight (O, C, K) and bias (O,); given {given}")
    if min(stride, dilation, padding + 1, weight[2]) < 1:
        given = f"kernel {weight[2]}, stride {stride}, padding {padding}, dilation {dilation}"
        raise ShapeError(f"kernel, stride and dilation are at least 1, and padding at least 0; given {given}")
    line = Line(x[1], weight[2], stride, padding, dilation)
    if line.count < 1:
        wide = x[1] + 2 * padding
        raise ShapeError(f"a window of {line.span} does not fit on {wide} positions, padding included; given {x}")
    return (x[0], line.count, weight[0])


def _example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    (x, weight), params = _example_without_bias(rng)
    return (x, weight, rng.normal(size=3)), params


def _example_without_bias(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(2, 6, 2)), rng.normal(size=(3, 2, 3))), {"stride": 2, "padding": 1, "dilation": 2}


def _scratch(shapes: Sequence[Shape], shape: Shape, params: Params) -> int:
    """All that the windows cover."""
    return math.prod(shape[:2]) * math.prod(shapes[1][1:])


# --- the ops --------------------------------------------------------------------------------------

_SETTINGS = "$stride, $padding, $dilation"
_SUMMED = r"\textstyle\sum_{c,a} {$weight}_{oca}\, {$x}_{n,p(i,a),c}"

_VJP_WEIGHT = Function(
    _weight,
    ("grad", "x", "weight"),
    "nio,npc,oca->oca",
    r"$out = \textstyle\sum_{n,i} {$grad}_{nio}\, {$x}_{n,p(i,a),c}",
    f"conv1d_weight($x, $weight.shape, $grad, {_SETTINGS})",
    _weight_terms,
    _weight_reach,
    says="Each weight of a kernel of $where: the gradient of every window times the input it saw, over the batch.",
    torch=f"torch.nn.grad.conv1d_weight($x.mT, $weight.shape, $grad.mT, {_SETTINGS})",
)
_VJP_BIAS = Function(
    _bias,
    ("grad",),
    "nio->o",
    r"$out = \textstyle\sum_{n,i} {$grad}_{nio}",
    "$grad.sum(axis=(0, 1))",
    sum_of_products(("nio->o", ("grad",))),
    says="Each bias of $where: the gradient of its unit, over all windows and the batch.",
)
_VJP_X = Function(
    _x,
    ("grad", "weight", "x"),
    "nio,oca,npc->npc",
    r"$out = \textstyle\sum_{o} \sum_{p(i,a)=p} {$grad}_{nio}\, {$weight}_{oca}",
    f"conv1d_input($x.shape, $weight, $grad, {_SETTINGS})",
    _x_terms,
    _x_reach,
    says="What $where hands back: to every position through each weight that lay on it.",
    torch=f"torch.nn.grad.conv1d_input($x.mT.shape, $weight, $grad.mT, {_SETTINGS}).mT",
)
_SOURCE = (
    "Waibel et al. 1989, Phoneme recognition using time-delay neural networks; Kim 2014, Convolutional neural "
    "networks for sentence classification; matches torch.nn.functional.conv1d of x with positions last."
)

CONV1D = Op(
    name="conv1d",
    title="convolution of sequences",
    args=("x", "weight", "bias"),
    function=Function(
        _forward,
        ("x", "weight", "bias"),
        "npc,oca,o->nio",
        rf"$out = {_SUMMED} + {{$bias}}_{{o}}",
        f"conv1d($x, $weight, {_SETTINGS}) + $bias",
        _forward_terms,
        _forward_reach,
        scratch=_scratch,
        says="Every unit of $where slides its kernel along the sequence, sums what it covers, and adds its bias.",
        torch=f"F.conv1d($x.mT, $weight, $bias, {_SETTINGS}).mT",
    ),
    vjps={"weight": _VJP_WEIGHT, "bias": _VJP_BIAS, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example,
    order="rows",
    windowed=True,
)

CONV1D_WITHOUT_BIAS = Op(
    name="conv1d_without_bias",
    title="convolution of sequences without bias",
    args=("x", "weight"),
    function=Function(
        _forward,
        ("x", "weight"),
        "npc,oca->nio",
        f"$out = {_SUMMED}",
        f"conv1d($x, $weight, {_SETTINGS})",
        _forward_terms,
        _forward_reach,
        scratch=_scratch,
        says="Every unit of $where slides its kernel along the sequence, and sums what it covers.",
        torch=f"F.conv1d($x.mT, $weight, None, {_SETTINGS}).mT",
    ),
    vjps={"weight": _VJP_WEIGHT, "x": _VJP_X},
    shape=_shape,
    source=_SOURCE,
    example=_example_without_bias,
    order="rows",
    windowed=True,
)

CONV1D_OPS = (CONV1D, CONV1D_WITHOUT_BIAS)
