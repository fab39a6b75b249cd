"""What is done to a gradient before the optimizer takes it: penalties added, norms measured, its size bounded.

A sum over a parameter runs along memory, so that a view of a flat vector and an array of its own give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from engine.ops.core.op import Array, Factor, Function, Index, Kernel, Operands, Shape, Term, Terms, cell
from engine.ops.core.terms import Part, products, setting

TINY = 1e-6  # added to a norm before dividing by it, as PyTorch does


# --- penalties -------------------------------------------------------------------------------------------------------


def _l2(xp: Any, out: Array, p: Array, l2: float) -> None:
    xp.multiply(p, l2, out)


def _l1(xp: Any, out: Array, p: Array, l1: float) -> None:
    xp.sign(p, out)
    xp.multiply(out, l1, out)


def _sum_of_three(xp: Any, out: Array, first: Array, second: Array, third: Array) -> None:
    xp.add(first, second, out)
    xp.add(out, third, out)


_SIGN: Part = ("p", r"\operatorname{sign}\left($p\right)", lambda w, **_: np.sign(w))

# --- norms -----------------------------------------------------------------------------------------------------------


def in_memory_order(xp: Any, array: Array) -> Array:
    """All cells in one row, as they lie in memory: a view, or a copy made by `xp` of what has gaps."""
    row = array.ravel(order="K")
    if np.may_share_memory(row, array):
        return row
    compact = np.empty_like(array)
    xp.copyto(compact, array)
    return compact.ravel(order="K")


def _square_norm(xp: Any, out: Array, grad: Array) -> None:
    row = in_memory_order(xp, grad)
    squares = xp.empty_like(row)
    xp.multiply(row, row, squares)
    xp.add.reduce(squares, 0, None, out)


def _largest(xp: Any, out: Array, grad: Array) -> None:
    row = in_memory_order(xp, grad)
    sizes = xp.empty_like(row)
    xp.absolute(row, sizes)
    xp.maximum.reduce(sizes, 0, None, out)


def _root(xp: Any, out: Array, square_norm: Array) -> None:
    xp.sqrt(square_norm, out)


def _root_of_all(xp: Any, out: Array, *parts: Array) -> None:
    xp.copyto(out, parts[0])
    for part in parts[1:]:
        xp.add(out, part, out)
    xp.sqrt(out, out)


def _largest_of_all(xp: Any, out: Array, *parts: Array) -> None:
    xp.copyto(out, parts[0])
    for part in parts[1:]:
        xp.maximum(out, part, out=out)


def _smallest_of_all(xp: Any, out: Array, *parts: Array) -> None:
    xp.copyto(out, parts[0])
    for part in parts[1:]:
        xp.minimum(out, part, out=out)


# --- clipping --------------------------------------------------------------------------------------------------------


def _factor(xp: Any, out: Array, norm: Array, limit: float) -> None:
    xp.add(norm, TINY, out)
    xp.divide(limit, out, out)
    xp.minimum(out, 1.0, out=out)


def _clip(xp: Any, out: Array, grad: Array, limit: float) -> None:
    xp.minimum(grad, limit, out=out)
    xp.maximum(out, -limit, out=out)


def _scale(xp: Any, out: Array, grad: Array, factor: Array) -> None:
    xp.multiply(grad, factor, out)


def _below(xp: Any, out: Array, number: Array, limit: float) -> None:
    xp.less(number, limit, out)


def _above(xp: Any, out: Array, number: Array, limit: float) -> None:
    xp.greater(number, limit, out)


# --- terms -----------------------------------------------------------------------------------------------------------


def _square_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    for where in np.ndindex(operands["grad"].shape):
        number = float(operands["grad"][where])
        yield (Factor(number * number, "grad", where, "{$grad}^{2}", number),)


def _largest_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    grad = operands["grad"]
    where = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.abs(grad))), grad.shape))
    yield (Factor(float(abs(grad[where])), "grad", where, r"\left|$grad\right|", float(grad[where])),)


def _root_of_all_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    """Each square norm over the norm: its share of it."""
    norm = float(np.sqrt(sum(float(part) for part in operands.values())))
    share = Factor(1 / norm if norm else 0.0, symbol=r"\tfrac{1}{\left\lVert g \right\rVert}")
    for name in operands:
        yield cell(operands, name, ()), share


def _picked(pick: Callable[..., Any]) -> Terms:
    """The one operand that is picked."""

    def terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        names = list(operands)
        yield (cell(operands, names[int(pick([float(operands[name]) for name in names]))], ()),)

    return terms


def _factor_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    norm = float(operands["norm"])
    share = params["limit"] / (norm + TINY)
    if share >= 1:
        yield (Factor(1.0, symbol="1"),)
    else:
        yield (Factor(share, "norm", (), r"\tfrac{$limit}{$norm + 10^{-6}}", norm),)


def _clip_terms(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
    number, limit = float(operands["grad"][index]), params["limit"]
    if abs(number) > limit:
        yield (Factor(limit if number > 0 else -limit, symbol="$limit" if number > 0 else "-$limit"),)
    else:
        yield (cell(operands, "grad", index),)


def _to_scalar(
    operand: int, index: Index, shapes: Sequence[Shape], shape: Shape, params: Mapping[str, Any]
) -> Iterable[Index]:
    """Every cell of a parameter counts for its one number."""
    return ((),)


# --- of all parameters -----------------------------------------------------------------------------------------------


def _of_all(kernel: Kernel, formula: str, code: str, terms: Terms, says: str) -> Callable[[int], Function]:
    """A function of one number of every parameter. In the texts, `#` is the list of them, `+` their sum."""

    @lru_cache
    def of(count: int) -> Function:
        names = tuple(f"part{i}" for i in range(1, count + 1))
        listed = ", ".join(f"${name}" for name in names)
        added = " + ".join(f"${name}" for name in names)
        latex, line = (text.replace("#", listed).replace("+", added) for text in (formula, code))
        return Function(kernel, names, ",".join([""] * count) + "->", f"$out = {latex}", line, terms, says=says)

    return of


ALL_OPS: dict[str, Callable[[int], Function]] = {
    "norm_of_all": _of_all(
        _root_of_all, r"\sqrt{+}", "np.sqrt(+)", _root_of_all_terms, "The length of all gradients taken as one vector."
    ),
    "largest_of_all": _of_all(
        _largest_of_all,
        r"\max\left(#\right)",
        "np.max([#])",
        _picked(np.argmax),
        "The largest cell of all gradients, by its size.",
    ),
    "smallest_of_all": _of_all(
        _smallest_of_all,
        r"\min\left(#\right)",
        "np.min([#])",
        _picked(np.argmin),
        "The smallest factor of all parameters.",
    ),
}
"""The ops whose inputs are ``*name``, one number of every parameter: by how many there are."""

GRADIENT_OPS: dict[str, Function] = {
    "l2_gradient": Function(
        _l2,
        ("p",),
        "...->...",
        r"$out = $l2\, $p",
        "$l2 * $p",
        products((setting("l2"), "p")),
        says="The gradient of the L2 penalty: it pulls $p towards zero, harder the further it is from there.",
    ),
    "l1_gradient": Function(
        _l1,
        ("p",),
        "...->...",
        r"$out = $l1\, \operatorname{sign}\left($p\right)",
        "$l1 * np.sign($p)",
        products((setting("l1"), _SIGN)),
        says="The gradient of the L1 penalty: it pulls $p towards zero, equally hard however small it is.",
    ),
    "sum_of_three": Function(
        _sum_of_three,
        ("first", "second", "third"),
        "...,...,...->...",
        r"$out = $first + $second + $third",
        "$first + $second + $third",
        products(("first",), ("second",), ("third",)),
        says="Adds the three.",
    ),
    "square_norm": Function(
        _square_norm,
        ("grad",),
        "...->",
        r"$out = \textstyle\sum_i {$grad}_{i}^{2}",
        "np.sum($grad**2)",
        _square_terms,
        _to_scalar,
        says="The squares of the gradient of $p, added up.",
    ),
    "largest": Function(
        _largest,
        ("grad",),
        "...->",
        r"$out = \max_i \left|{$grad}_{i}\right|",
        "np.max(np.abs($grad))",
        _largest_terms,
        _to_scalar,
        says="The largest cell of the gradient of $p, by its size.",
    ),
    "norm": Function(
        _root,
        ("square_norm",),
        "->",
        r"$out = \sqrt{$square_norm}",
        "np.sqrt($square_norm)",
        products((("square_norm", r"\sqrt{$square_norm}", lambda s: np.sqrt(s)),)),
        says="The length of the gradient of $p.",
    ),
    "clip_factor": Function(
        _factor,
        ("norm",),
        "->",
        r"$out = \min\left(1,\; \frac{$limit}{$norm + 10^{-6}}\right)",
        "np.minimum(1, $limit / ($norm + 1e-6))",
        _factor_terms,
        says="What the gradient of $p is multiplied by to keep its norm in bounds.",
    ),
    "clip": Function(
        _clip,
        ("grad",),
        "...->...",
        r"$out = \operatorname{clip}\left($grad,\; -$limit,\; $limit\right)",
        "np.clip($grad, -$limit, $limit)",
        _clip_terms,
        says="The gradient of $p within its bounds.",
    ),
    "scale_gradient": Function(
        _scale,
        ("grad", "factor"),
        "...,->...",
        r"$out = $factor\, $grad",
        "$factor * $grad",
        products(("factor", "grad")),
        says="The gradient of $p within its bounds.",
    ),
    "below": Function(
        _below,
        ("number",),
        "->",
        r"$out = \left[$number < $limit\right]",
        "1.0 * ($number < $limit)",
        products((("number", r"\left[$number < $limit\right]", lambda n, limit: float(n < limit)),)),
        says="1 if the number is below its bound, else 0.",
    ),
    "above": Function(
        _above,
        ("number",),
        "->",
        r"$out = \left[$number > $limit\right]",
        "1.0 * ($number > $limit)",
        products((("number", r"\left[$number > $limit\right]", lambda n, limit: float(n > limit)),)),
        says="1 if the number is above its bound, else 0.",
    ),
}
