"""How the values of an expression are written: on paper as `latex` says, in code by the user's names."""

from __future__ import annotations

from engine.expressions import latex
from engine.expressions.names import LOSS
from engine.expressions.ops_of import Graph
from engine.foundation.numbers import BUSY, unlike
from engine.foundation.symbols import Symbol

_LARGEST_WHOLE = 10.0**15  # above it a float is written with an exponent


def symbols(graph: Graph) -> dict[str, Symbol]:
    """Every value of a graph; no two are the same in code, where an unnamed constant is its number."""
    taken, found = set(BUSY), {}
    for name, text in latex.symbols(graph).items():
        number = graph.constants[name] if "." in name and name in graph.constants else None
        plain = unlike(graph.loss_name if name == LOSS else name.replace(".", "_"), taken)
        code = plain if number is None else literal(number)
        found[name] = Symbol(rf"\left({text}\right)" if text.startswith("-") else text, code)
        taken.add(code)
    return found


def literal(number: float) -> str:
    """A number in a line of code, in brackets if it has a sign: `2`, `0.5`, `(-2)`."""
    text = repr(number)
    if number.is_integer() and 0 < abs(number) < _LARGEST_WHOLE:
        text = str(int(number))
    return f"({text})" if text.startswith("-") else text
