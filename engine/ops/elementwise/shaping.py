"""Ops that lay the same numbers out differently: reshape, flatten, merge positions; and one that stops gradients.

The cells of a sample keep their order, row-major as in PyTorch, however they lie in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.op import (
    Array,
    Function,
    Index,
    Op,
    Operands,
    Order,
    Shape,
    Term,
    cell,
    elementwise,
    said,
    same_shape,
)
from engine.ops.core.structure import same
from engine.ops.elementwise.concat import concat

Params = Mapping[str, Any]


def _lay_out(xp: Any, out: Array, x: Array, *_: Array, **params: Any) -> None:
    """Copies through a view of one of the two in the other's shape; if memory allows none, by way of a third array."""
    if (seen := _seen(out, x.shape)) is not None:
        xp.copyto(seen, x)
    elif (seen := _seen(x, out.shape)) is not None:
        xp.copyto(out, seen)
    else:
        rows = np.empty(x.shape, x.dtype)
        xp.copyto(rows, x)
        xp.copyto(out, rows.reshape(out.shape))


def _seen(x: Array, shape: Shape) -> Array | None:
    try:
        return x.reshape(shape, copy=False)
    except ValueError:
        return None


def _reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    """The one cell with the same number; the second operand is there for its shape only."""
    return () if operand else (_moved(index, shapes[0], shape),)


def _moved(index: Index, shape: Shape, other: Shape) -> Index:
    """Where a cell is in another shape."""
    return tuple(int(i) for i in np.unravel_index(np.ravel_multi_index(index, shape), other))


def _reshape_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    x = operands["x"].shape
    yield (cell(operands, "x", _moved(index, (x[0], *params["shape"]), x)),)


def _flatten_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    x = operands["x"].shape
    yield (cell(operands, "x", _moved(index, (x[0], math.prod(x[1:])), x)),)


def _merge_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    samples, positions = operands["x"].shape[:2]
    yield (cell(operands, "x", (*_moved(index[:1], (samples * positions,), (samples, positions)), *index[1:])),)


def _back_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    yield (cell(operands, "grad", _moved(index, operands["x"].shape, operands["grad"].shape)),)


_BACK = Function(
    _lay_out,
    ("grad", "x"),
    "n...,n...->n...",
    r"$out = \operatorname{reshape}\left($grad\right)",
    "$grad.reshape($x.shape)",
    _back_terms,
    _reach,
)


def _reshape_shape(x: Shape, shape: Shape) -> Shape:
    if math.prod(x[1:]) != math.prod(shape) or not x:
        raise ShapeError(f"a sample of {x[1:]} has {math.prod(x[1:])} numbers and cannot become {tuple(shape)}")
    return (x[0], *shape)


def _reshape(name: str, order: Order, shape: Shape) -> Op:
    return Op(
        name=name,
        title="reshape",
        args=("x",),
        function=Function(
            _lay_out,
            ("x",),
            "n...->n...",
            r"$out = \operatorname{reshape}\left($x\right)",
            "$x.reshape(len($x), *$shape)",
            _reshape_terms,
            _reach,
            says="Lays the same numbers out in another shape.",
        ),
        vjps={"x": said(_BACK, "The same gradients, laid out as the numbers were.")},
        shape=_reshape_shape,
        source="matches torch.reshape, whose order of cells is row-major too.",
        example=lambda rng: ((rng.normal(size=(3, 12)),), {"shape": shape}),
        order=order,
    )


RESHAPE = _reshape("reshape", "columns", (2, 3, 2))
RESHAPE_ROWS = _reshape("reshape_rows", "rows", (3, 4))

FLATTEN = Op(
    name="flatten",
    title="flatten",
    args=("x",),
    function=Function(
        _lay_out,
        ("x",),
        "n...->n...",
        r"$out = \operatorname{flatten}\left($x\right)",
        "$x.reshape(len($x), -1)",
        _flatten_terms,
        _reach,
        says="Lays all numbers of each sample out in one row.",
    ),
    vjps={"x": said(_BACK, "The same gradients, laid out as the images or sequences were.")},
    shape=lambda x: (x[0], math.prod(x[1:])),
    source="LeCun et al. 1998, section II.B (from maps to a vector); matches torch.nn.Flatten.",
    example=lambda rng: ((rng.normal(size=(3, 2, 3, 2)),), {}),
    order="columns",
)


def _merge_shape(x: Shape) -> Shape:
    if len(x) < 2:
        raise ShapeError(f"positions are merged of (N, T) or (N, T, K); given {x}")
    return (x[0] * x[1], *x[2:])


MERGE_POSITIONS = Op(
    name="merge_positions",
    title="all positions as samples",
    args=("x",),
    function=Function(
        _lay_out,
        ("x",),
        "nt...->m...",
        r"$out = \operatorname{merge}_{n,t}\left($x\right)",
        "$x.reshape(-1, *$x.shape[2:])",
        _merge_terms,
        _reach,
        says="Treats every position of every sequence as a sample of its own.",
    ),
    vjps={"x": said(_BACK, "The same gradients, laid out as the sequences were.")},
    shape=_merge_shape,
    source="matches torch.flatten(x, 0, 1), as before a loss over all positions of all sequences.",
    example=lambda rng: ((rng.normal(size=(3, 4, 2)),), {}),
    order="columns",
)

STOP_GRADIENT = Op(
    name="stop_gradient",
    title="stop of the gradient",
    args=("x",),
    function=Function(
        same,
        ("x",),
        "...->...",
        "$out = $x",
        "$x.copy()",
        elementwise("x"),
        says="The same numbers, held still: no gradient goes back from here on.",
    ),
    vjps={},
    shape=same_shape,
    source="matches torch.Tensor.detach; used between the pieces of truncated backpropagation, Williams and Peng 1990.",
    example=lambda rng: ((rng.normal(size=(4, 3)),), {}),
)

SHAPE_OPS = (RESHAPE, RESHAPE_ROWS, FLATTEN, MERGE_POSITIONS, STOP_GRADIENT, concat(2), concat(3))
