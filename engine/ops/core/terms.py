"""Terms of the update ops: sums of products of cells, functions of a cell, and settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.ops.core.op import Factor, Index, Operands, Term, Terms, cell

Part = str | tuple[str, str, Callable[..., float]] | tuple[str, Callable[..., float]]
"""The name of an operand, ``(operand, LaTeX, f(cell, **params))``, or a constant ``(LaTeX, f(**params))``."""


def products(*terms: tuple[Part, ...]) -> Terms:
    """Each term is a product of parts; the cell is their sum."""

    def every(index: Index, operands: Operands, params: Mapping[str, Any]) -> Iterator[Term]:
        for term in terms:
            yield tuple(factor(part, index, operands, params) for part in term)

    return every


def factor(part: Part, index: Index, operands: Operands, params: Mapping[str, Any]) -> Factor:
    """A part with its numbers; scalars broadcast."""
    if isinstance(part, tuple) and len(part) == 2:
        symbol, constant = part
        return Factor(float(constant(**params)), symbol=symbol)
    name = part if isinstance(part, str) else part[0]
    plain = cell(operands, name, index if operands[name].ndim else ())
    if isinstance(part, str):
        return plain
    number = float(part[2](operands[name][plain.index], **params))
    return Factor(number, name, plain.index, part[1], plain.number)


MINUS: Part = ("-1", lambda **params: -1.0)


def setting(name: str) -> Part:
    """A setting as a factor."""
    return (f"${name}", lambda **params: float(params[name]))


def one_minus(name: str) -> Part:
    """What a setting leaves of one."""
    return (rf"\left(1 - ${name}\right)", lambda **params: 1 - params[name])


def squared(name: str) -> Part:
    """The square of a cell."""
    return (name, f"{{${name}}}^{{2}}", lambda value, **_: value * value)


def inverse(name: str) -> Part:
    """One over a cell."""
    return (name, rf"\tfrac{{1}}{{${name}}}", lambda value, **_: 1 / value)
