"""PReLU: a leaky ReLU whose slope below 0 is learned, one for all units or one for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.axes import Params, axes_of, spread, sums, whole_cells
from engine.ops.core.cellwise import constant
from engine.ops.core.op import Array, Factor, Function, Index, Op, Operands, Shape, Term, cell


def _spread(weight: Array, rank: int, axis: int) -> Array:
    """A view of the slopes along the units of a value; a lone one fits anywhere."""
    return weight if weight.size == 1 else spread(weight, axes_of({"axis": axis}, rank))


def _prelu(xp: Any, out: Array, x: Array, weight: Array, axis: int) -> None:
    _bent(xp, out, x, x, weight, axis)


def _prelu_x(xp: Any, out: Array, grad: Array, x: Array, weight: Array, axis: int) -> None:
    _bent(xp, out, grad, x, weight, axis)


def _bent(xp: Any, out: Array, value: Array, x: Array, weight: Array, axis: int) -> None:
    """`value` where x > 0, else its slope times it."""
    above = np.empty_like(x, dtype=bool)
    xp.greater(x, constant(0, x), above)
    xp.multiply(value, _spread(weight, x.ndim, axis), out)
    xp.copyto(out, value, where=above)


def _prelu_weight(xp: Any, out: Array, grad: Array, x: Array, weight: Array, axis: int) -> None:
    """The gradient times x, summed over what is below 0."""
    below = np.empty_like(x)
    xp.minimum(x, constant(0, x), out=below)
    xp.multiply(grad, below, below)
    if out.size == 1:
        xp.add.reduce(below, tuple(range(x.ndim)), None, out.reshape(()))
    else:
        sums(xp, out, below, axes_of({"axis": axis}, x.ndim))


def _shape(x: Shape, weight: Shape, axis: int) -> Shape:
    if not 0 < axis < len(x) or weight not in ((1,), (x[axis],)):
        raise ShapeError(f"there is one slope, or one for each place along axis {axis} of {x}; given {weight}")
    return x


def _place(index: Index, weight: Array, axis: int) -> Index:
    return (index[axis],) if weight.size > 1 else (0,)


def _slope(index: Index, operands: Operands, params: Params) -> Factor | None:
    """The slope of a cell that is below 0."""
    if operands["x"][index] > 0:
        return None
    return cell(operands, "weight", _place(index, operands["weight"], params["axis"]))


def _terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    slope = _slope(index, operands, params)
    yield (cell(operands, "x", index),) if slope is None else (slope, cell(operands, "x", index))


def _x_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    slope = _slope(index, operands, params)
    yield (cell(operands, "grad", index),) if slope is None else (cell(operands, "grad", index), slope)


def _weight_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    """One for each cell that has this slope; what is above 0 does not depend on it."""
    x = operands["x"]
    for at in _sharing(index, x.shape, operands["weight"].shape, params["axis"]):
        number = float(x[at])
        bent = Factor(min(number, 0.0), "x", at, r"\min\left(0,\, $x\right)", number)
        yield cell(operands, "grad", at), bent


def _sharing(index: Index, shape: Shape, weight: Shape, axis: int) -> Iterable[Index]:
    """The cells that a slope belongs to."""
    if weight == (1,):
        return np.ndindex(shape)
    return whole_cells(index, shape, axes_of({"axis": axis}, len(shape)))


def _reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    if len(shapes[operand]) > 1:
        return (index,)
    return _sharing(index, shape, shapes[operand], params["axis"])


def _weight_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    """The slopes are an operand for their shape only."""
    if len(shapes[operand]) == 1:
        return ()
    return ((index[params["axis"]],),) if shape != (1,) else ((0,),)


def _example(rng: np.random.Generator) -> tuple[tuple[Array, ...], dict[str, Any]]:
    return (rng.normal(size=(4, 3, 2)), rng.uniform(0.1, 0.5, 3)), {"axis": 1}


_OPERANDS = ("grad", "x", "weight")
_ALONG = "{value} * along($axis, $weight, {value})"
_CASES = r"\begin{cases} %s & $x > 0 \\ %s & $x \le 0 \end{cases}"

PRELU = Op(
    name="prelu",
    title="PReLU",
    args=("x", "weight"),
    function=Function(
        _prelu,
        ("x", "weight"),
        "n...,k->n...",
        "$out = " + _CASES % ("$x", r"$weight \odot $x"),
        f"np.where($x > 0, $x, {_ALONG.format(value='$x')})",
        _terms,
        _reach,
        says="Units of $where pass what is above 0 on, and multiply the rest by the slope that they have learned.",
    ),
    vjps={
        "x": Function(
            _prelu_x,
            _OPERANDS,
            "n...,n...,k->n...",
            "$out = " + _CASES % ("$grad", r"$weight \odot $grad"),
            f"np.where($x > 0, $grad, {_ALONG.format(value='$grad')})",
            _x_terms,
            _reach,
            says="The gradient passes back through PReLU: whole above 0, by the learned slope below.",
        ),
        "weight": Function(
            _prelu_weight,
            _OPERANDS,
            "n...,n...,k->k",
            r"$out = \textstyle\sum_{i=1}^{m} {$grad}_{i} \min\left(0,\, {$x}_{i}\right)",
            "sum_all_but($axis, $grad * np.minimum($x, 0)).reshape($weight.size, -1).sum(axis=1)",
            _weight_terms,
            _weight_reach,
            says="The learned slope: the gradient times what it bent, over the batch.",
        ),
    },
    shape=_shape,
    source="He et al. 2015, Delving deep into rectifiers, section 2.1; matches torch.nn.functional.prelu.",
    example=_example,
    regions=lambda x, weight, axis: (x > 0).astype(int),
)
