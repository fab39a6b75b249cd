"""Values put one after the other along an axis, and the gradient cut into the same pieces."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from engine.foundation.errors import ShapeError
from engine.ops.core.op import Array, Function, Index, Op, Operands, Shape, Term, cell

Params = Mapping[str, Any]


@lru_cache
def concat(count: int) -> Op:
    """The op that puts `count` values one after the other: ``concat`` for two, ``concat3`` for three, and so on.

    Formula: out = [x1, x2, ...]
    Args:    x1, x2, ...: equal in all axes but `axis`, which is not 0, the samples; sizes: their lengths along it.
    Raises:  ShapeError if shapes and sizes do not fit together.
    Source:  Huang et al. 2017, Densely connected convolutional networks, equation 2; matches torch.cat.
    """
    names = tuple(f"x{i}" for i in range(1, count + 1))
    parts = ", ".join(f"${name}" for name in names)
    relation = ",".join(["n..."] * count) + "->n..."
    code = f"np.concatenate(({parts}), axis=$axis)"
    function = Function(
        _join, names, relation, rf"$out = \left[{parts}\right]", code, _join_terms, _join_reach, says=_SAYS
    )
    return Op(
        name="concat" if count == 2 else f"concat{count}",
        title="concatenation",
        args=names,
        function=function,
        vjps={name: _piece(i) for i, name in enumerate(names)},
        shape=_shape,
        source="Huang et al. 2017, Densely connected convolutional networks, equation 2; matches torch.cat.",
        example=lambda rng: _example(rng, count),
    )


_SAYS = "Puts the inputs of $where one after the other."
_SAYS_PIECE = "Each input gets the part of the gradient that stands where it was put."


def _piece(i: int) -> Function:
    """The gradient of the i-th value: its piece of what comes in."""

    def kernel(xp: Any, out: Array, grad: Array, axis: int, sizes: Sequence[int]) -> None:
        xp.copyto(out, grad[_slices(axis, sizes)[i]])

    def terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
        yield (cell(operands, "grad", _shifted(index, params, i)),)

    def reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
        found = _shifted(index, params, i, -1)
        return (found,) if 0 <= found[params["axis"]] < params["sizes"][i] else ()

    formula = rf"$out = \left[$grad\right]_{{{i + 1}}}"
    code = f"np.split($grad, np.cumsum($sizes)[:-1], axis=$axis)[{i}]"
    torch = f"torch.split($grad, $sizes, dim=$axis)[{i}]"
    return Function(kernel, ("grad",), "n...->n...", formula, code, terms, reach, says=_SAYS_PIECE, torch=torch)


def _join(xp: Any, out: Array, *parts: Array, axis: int, sizes: Sequence[int]) -> None:
    for part, where in zip(parts, _slices(axis, sizes), strict=True):
        xp.copyto(out[where], part)


def _slices(axis: int, sizes: Sequence[int]) -> list[tuple[slice, ...]]:
    ends = list(itertools.accumulate(sizes, initial=0))
    return [(*(slice(None),) * axis, slice(start, end)) for start, end in itertools.pairwise(ends)]


def _shifted(index: Index, params: Params, i: int, sign: int = 1) -> Index:
    """The index in the whole of a cell of the i-th value, or with the sign -1 the other way."""
    axis = params["axis"]
    return (*index[:axis], index[axis] + sign * sum(params["sizes"][:i]), *index[axis + 1 :])


def _join_terms(index: Index, operands: Operands, params: Params) -> Iterator[Term]:
    ends = np.cumsum(params["sizes"])
    i = int(np.searchsorted(ends, index[params["axis"]], side="right"))
    yield (cell(operands, f"x{i + 1}", _shifted(index, params, i, -1)),)


def _join_reach(operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Params) -> Iterable[Index]:
    return (_shifted(index, params, operand),)


def _shape(*shapes: Shape, axis: int, sizes: Sequence[int]) -> Shape:
    if not 0 < axis < len(shapes[0]):
        raise ShapeError(f"values are joined along axis 1 to {len(shapes[0]) - 1}, not along {axis}; given {shapes}")
    if len({(*s[:axis], *s[axis + 1 :]) for s in shapes}) > 1 or [s[axis] for s in shapes] != list(sizes):
        raise ShapeError(f"values joined along axis {axis} are alike in all others, and {sizes} long; given {shapes}")
    return (*shapes[0][:axis], sum(sizes), *shapes[0][axis + 1 :])


def _example(rng: np.random.Generator, count: int) -> tuple[tuple[Array, ...], dict[str, Any]]:
    sizes = (2, 1, 3, *(2,) * count)[:count]
    return tuple(rng.normal(size=(3, n, 2)) for n in sizes), {"axis": 1, "sizes": sizes}
