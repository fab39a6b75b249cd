"""Sums over some axes of a value, and numbers for the other axes spread over them again: what normalization is made of.

A parameter `axes` names the axes that are summed over. Learned factors and offsets have a parameter `axis` instead: the
one axis that is left. Where memory allows, the value is seen as a matrix with a row for each sum, and the sum is a
product with ones: a fourth of the time of a reduction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Index, Operands, Shape, Term, Terms

Axes = tuple[int, ...]
Params = Mapping[str, Any]


def axes_of(params: Params, rank: int) -> Axes:
    """The axes that are summed over: given as such, or all but one."""
    given: Axes | None = params.get("axes")
    return tuple(i for i in range(rank) if i != params["axis"]) if given is None else given


def kept(whole: Sequence[int], axes: Axes) -> tuple[int, ...]:
    """What a shape or an index says of the axes that are left."""
    return tuple(n for i, n in enumerate(whole) if i not in axes)


def count(shape: Shape, axes: Axes) -> int:
    """How many cells there are in one sum."""
    return int(np.prod([shape[i] for i in axes]))


def kept_shape(x: Shape, axes: Axes) -> Shape:
    """The shape of sums over axes.

    Raises: ShapeError if the axes are none, not those of x, or not in ascending order.
    """
    if not axes or any(not 0 <= i < len(x) for i in axes) or sorted(set(axes)) != list(axes):
        raise ShapeError(f"axes are some of 0 to {len(x) - 1}, ascending, here of {x}; given {axes}")
    return kept(x, axes)


# --- kernels --------------------------------------------------------------------------------------


def spread(statistic: Array, axes: Axes) -> Array:
    """A view with the axes that were summed over back in place, each 1 long: numpy then repeats it along them."""
    rank = statistic.ndim + len(axes)
    return statistic[tuple(None if i in axes else slice(None) for i in range(rank))]


def sums(xp: Any, out: Array, x: Array, axes: Axes) -> None:
    """The sum over the axes."""
    rows = _rows(x, axes, x)
    if rows is None or not out.flags.c_contiguous:
        xp.add.reduce(x, axes, None, out)
    else:
        xp.dot(rows, np.ones(rows.shape[1], x.dtype), out.reshape(-1))


def sums_of_products(xp: Any, out: Array, a: Array, b: Array, axes: Axes) -> None:
    """The sum of a times b over the axes, without an array of the products where rows lie in one piece."""
    first, second = _rows(a, axes, a), _rows(b, axes, a)
    if _compact(first) and _compact(second) and out.flags.c_contiguous:
        xp.vecdot(first, second, out.reshape(-1))
    else:
        products = xp.empty_like(a)
        xp.multiply(a, b, products)
        sums(xp, out, products, axes)


def _compact(rows: Array | None) -> bool:
    return rows is not None and rows.flags.c_contiguous


def _rows(x: Array, axes: Axes, like: Array) -> Array | None:
    """x as a matrix with a row for each sum, its cells as `like` lies in memory; None if that would take a copy."""
    inner = sorted(axes, key=lambda i: -like.strides[i])
    outer = [i for i in range(x.ndim) if i not in axes]
    try:
        return x.transpose(*outer, *inner).reshape(-1, count(x.shape, axes), copy=False)
    except ValueError:
        return None


# --- terms and reach ------------------------------------------------------------------------------


def whole_cells(index: Index, shape: Shape, axes: Axes) -> Iterator[Index]:
    """The cells that one sum is over, or that one statistic is spread to.

    Args: index: of the sum; shape: of the value with all axes.
    """
    left = iter(index)
    return itertools.product(*(range(n) if i in axes else (next(left),) for i, n in enumerate(shape)))


def across(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    """Which cells belong together where some values have all axes and the others only those that are left."""
    rank = max(len(shape), *map(len, shapes))
    axes = axes_of(params, rank)
    if len(shapes[operand]) == len(shape):
        return (index,)
    return (kept(index, axes),) if len(shape) < rank else whole_cells(index, shape, axes)


def first_across(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    """The same where the second operand is there for its shape only."""
    return () if operand else across(operand, index, shapes, shape, params)


def summed(term: Callable[[Operands, Index, Index, Params], Term], whole: str) -> Terms:
    """Terms of a sum over axes, one a cell of `whole`: ``term(operands, index of the cell, of the sum, params)``."""

    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        shape = operands[whole].shape
        for at in whole_cells(index, shape, axes_of(params, len(shape))):
            yield term(operands, at, index, params)

    return terms


def spread_terms(term: Callable[[Operands, Index, Index, Params], Term]) -> Terms:
    """The term of a cell that a statistic is spread to: ``term(operands, its index, of the statistic, params)``."""

    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        yield term(operands, index, kept(index, axes_of(params, len(index))), params)

    return terms
