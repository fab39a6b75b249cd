"""Numbers and names of a source, worked out without running it: literals, and arithmetic on names bound to them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from engine.pasted.notes import RefusedError

UNKNOWN = object()
"""What a name stands for that nothing here needs to know."""

_ARITHMETIC: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
LARGEST = 10**9
_LITERALS = (int, float, bool, str, type(None))


def literal(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """The number, text, tuple or list that an expression stands for.

    Raises: RefusedError where it would have to be run.
    """
    found = _literal(node, names)
    if isinstance(found, int | float) and not isinstance(found, bool) and abs(found) > LARGEST:
        raise RefusedError(node, f"{found:g} is larger than anything that a run has a use for")
    return found


def _literal(node: ast.AST, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, _LITERALS):
        return node.value
    if isinstance(node, ast.Name) and node.id in names and isinstance(names[node.id], (*_LITERALS, tuple)):
        return names[node.id]
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(literal(item, names) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = literal(node.operand, names)
        if isinstance(value, int | float):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _worked_out(node, names)
    raise RefusedError(
        node, f"{_source(node)} would have to be run to know its value", "a number, or a name that is one"
    )


def _worked_out(node: ast.BinOp, names: Mapping[str, Any]) -> Any:
    left, right = literal(node.left, names), literal(node.right, names)
    if not all(isinstance(side, int | float) for side in (left, right)):
        raise RefusedError(node, f"{_source(node)} is no arithmetic of numbers", "a number")
    try:
        return _ARITHMETIC[type(node.op)](left, right)
    except ZeroDivisionError:
        raise RefusedError(node, f"{_source(node)} divides by 0", "a number") from None


def _source(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}..."


def known(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """The same, or UNKNOWN."""
    try:
        return literal(node, names)
    except RefusedError:
        return UNKNOWN


def dotted(node: ast.AST) -> str:
    """`nn.Linear` of the expression that says so; empty for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def last_name(node: ast.AST) -> str:
    """`Linear` of `torch.nn.Linear`."""
    return dotted(node).rpartition(".")[2]
