"""What a script makes several times: loops and comprehensions over numbers that stand in it, one turn at a time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.pasted.literals import UNKNOWN, known
from engine.pasted.notes import Notes, RefusedError

MOST_TURNS = 200
Names = Mapping[str, Any]
Values = Callable[[ast.expr], Any]


def values_of(node: ast.expr, names: Names, more: Values = lambda _: UNKNOWN) -> Any:
    """What a loop goes over, as a tuple; UNKNOWN where it would have to be run. more: what else there is to go over."""
    found = more(node)
    if found is not UNKNOWN:
        return found
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _called(node, node.func.id, names, more)
    value = known(node, names)
    return value if isinstance(value, tuple) and len(value) <= MOST_TURNS else UNKNOWN


def _called(node: ast.Call, name: str, names: Names, more: Values) -> Any:
    if name == "range" and not node.keywords:
        bounds = [known(arg, names) for arg in node.args]
        whole = bounds and all(type(bound) is int for bound in bounds) and len(bounds) <= 3 and bounds[2:] != [0]
        turns = range(*bounds) if whole else range(MOST_TURNS + 1)
        return tuple(turns) if len(turns) <= MOST_TURNS else UNKNOWN
    parts = [values_of(arg, names, more) for arg in node.args]
    if UNKNOWN in parts or node.keywords or not parts:
        return UNKNOWN
    if name == "zip":
        return tuple(zip(*parts, strict=False))
    return tuple(enumerate(parts[0])) if name == "enumerate" and len(parts) == 1 else UNKNOWN


def turns_of(notes: Notes, node: ast.For, over: Any, instead: str = "a range, a list") -> Iterator[dict[str, Any]]:
    """The names of each turn of a loop.

    Args:   over: what it goes over, see `values_of`; instead: what can be read.
    Raises: RefusedError where it would have to be run.
    """
    if over is UNKNOWN:
        raise RefusedError(node.iter, f"{ast.unparse(node.iter)[:60]} would have to be run", instead)
    notes.understood(node, f"{len(over)} turns")
    return bindings(node.target, over)


def bindings(target: ast.expr, values: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """The names of each turn: of `i, layer` both."""
    yield from (bound(target, value) for value in values)


def bound(target: ast.expr, value: Any) -> dict[str, Any]:
    """The names of one turn; none where they do not fit."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple) and isinstance(value, tuple) and len(value) == len(target.elts):
        parts = [bound(part, item) for part, item in zip(target.elts, value, strict=True)]
        return {name: item for part in parts for name, item in part.items()}
    return {}


def elements(node: ast.expr, names: Names) -> list[tuple[ast.expr, Names]] | None:
    """The elements of a list or of a comprehension over known numbers, each with the names that it is read with."""
    if isinstance(node, ast.List | ast.Tuple):
        found = [elements(e.value, names) if isinstance(e, ast.Starred) else [(e, names)] for e in node.elts]
        return None if None in found else [pair for part in found if part for pair in part]
    if not isinstance(node, ast.ListComp | ast.GeneratorExp) or len(node.generators) != 1 or node.generators[0].ifs:
        return None
    turns = values_of(node.generators[0].iter, names)
    if turns is UNKNOWN:
        return None
    return [(node.elt, {**names, **turn}) for turn in bindings(node.generators[0].target, turns)]


def grows(node: ast.stmt) -> tuple[str, list[ast.expr]] | None:
    """`layers.append(x)`, `layers.extend([x, y])` or `layers += [x]`: the list's name, and what is put into it."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
        return (node.target.id, list(node.value.elts)) if isinstance(node.value, ast.List) else None
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or len(call.args) != 1:
        return None
    name = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
    if call.func.attr == "append":
        return name, [call.args[0]]
    if call.func.attr == "extend" and isinstance(call.args[0], ast.List):
        return name, list(call.args[0].elts)
    return None
