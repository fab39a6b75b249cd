"""Numbers, names and arguments of a source, worked out without running it: literals, and arithmetic on names bound to
them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    ast.Mod: operator.mod,
}
LARGEST = 10**9
_COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_LITERALS = (int, float, bool, str, type(None))
_KEPT = (*_LITERALS, tuple, dict)


def _named(line: ast.stmt, names: Mapping[str, Any]) -> tuple[str, Any]:
    """`width: int = 8`; without a value that is known UNKNOWN."""
    if not isinstance(line, ast.AnnAssign | ast.Assign) or line.value is None:
        return "", UNKNOWN
    target = line.target if isinstance(line, ast.AnnAssign) else line.targets[0]
    return (target.id, known(line.value, names)) if isinstance(target, ast.Name) else ("", UNKNOWN)


def _says_nothing(line: ast.stmt) -> bool:
    return isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))


class Settings(dict[str, Any]):
    """Numbers under names of their own: of a class that holds nothing else, or of one made of it."""

    @classmethod
    def of(cls, node: ast.ClassDef, names: Mapping[str, Any]) -> Settings | None:
        """Those of a class; None where it holds more."""
        found = cls()
        for line in node.body:
            name, value = _named(line, {**names, **found})
            if value is not UNKNOWN:
                found[name] = value
            elif not _says_nothing(line):
                return None
        return found or None

    def with_(self, call: ast.Call, names: Mapping[str, Any]) -> Settings:
        """The same with what a call says."""
        given = arguments(call, tuple(self), names).given
        return Settings(self | {name: literal(node, names) for name, node in given.items()})


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
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(names.get(dotted(node), UNKNOWN), _KEPT):
        return names[dotted(node)]
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(literal(item, names) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = literal(node.operand, names)
        if isinstance(value, int | float):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _worked_out(node, names)
    if type(node) in _MORE:
        return _MORE[type(node)](node, names)
    raise _unread(node)


def _unread(node: ast.AST) -> RefusedError:
    return RefusedError(
        node, f"{_source(node)} would have to be run to know its value", "a number, or a name that is one"
    )


def _settings(node: Any, names: Mapping[str, Any]) -> dict[Any, Any]:
    """`{"lr": 0.1}`."""
    if any(key is None for key in node.keys):
        raise _unread(node)
    return {literal(key, names): literal(value, names) for key, value in zip(node.keys, node.values, strict=True)}


def _item(node: Any, names: Mapping[str, Any]) -> Any:
    """`settings["lr"]`, `sizes[-1]`, `sizes[1:]`."""
    whole = literal(node.value, names)
    cut = isinstance(node.slice, ast.Slice)
    bounds = [getattr(node.slice, end, None) for end in ("lower", "upper", "step")] if cut else [node.slice]
    at = [None if bound is None else literal(bound, names) for bound in bounds]
    try:
        return whole[slice(*at)] if cut else whole[at[0]]
    except (LookupError, TypeError, ValueError):
        raise RefusedError(node, f"{_source(node)} is not there", "a number") from None


def _setting(node: Any, names: Mapping[str, Any]) -> Any:
    """`config.width`."""
    own = known(node.value, names)
    if not isinstance(own, Settings) or node.attr not in own:
        raise _unread(node)
    return own[node.attr]


def _compared(node: Any, names: Mapping[str, Any]) -> bool:
    left, right = literal(node.left, names), literal(node.comparators[0], names)
    compare = _COMPARISONS.get(type(node.ops[0])) if len(node.ops) == 1 else None
    if compare is None or not all(isinstance(side, int | float) for side in (left, right)):
        raise _unread(node)
    return bool(compare(left, right))


def _chosen(node: Any, names: Mapping[str, Any]) -> Any:
    return literal(node.body if literal(node.test, names) else node.orelse, names)


def _measured(node: Any, names: Mapping[str, Any]) -> Any:
    """`len(sizes)`, `int(size / 2)`, `max(a, b)` and `min(a, b)`."""
    name, given = dotted(node.func), [literal(arg, names) for arg in node.args]
    numbers = all(isinstance(item, int | float) for item in given)
    if name == "len" and len(given) == 1 and isinstance(given[0], tuple | dict | str):
        return len(given[0])
    if name == "int" and len(given) == 1 and numbers:
        return int(given[0])
    if name in ("min", "max") and len(given) > 1 and numbers:
        return min(given) if name == "min" else max(given)
    raise _unread(node)


_MORE: dict[type[ast.AST], Callable[[Any, Mapping[str, Any]], Any]] = {
    ast.Dict: _settings,
    ast.Subscript: _item,
    ast.Compare: _compared,
    ast.IfExp: _chosen,
    ast.Call: _measured,
    ast.Attribute: _setting,
}


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


@dataclass(frozen=True, slots=True)
class Arguments:
    """Expressions by the name of their parameter; `title` is how the call is called in messages."""

    call: ast.Call
    title: str
    given: Mapping[str, ast.expr]
    names: Mapping[str, Any]

    def number(self, name: str, default: Any = None) -> Any:
        """The literal of an argument, else the default."""
        return literal(self.given[name], self.names) if name in self.given else default

    def maybe(self, name: str, default: Any = None) -> Any:
        """The same; UNKNOWN instead of a refusal."""
        return known(self.given[name], self.names) if name in self.given else default

    def only(self, *taken: str) -> None:
        """Refuses an argument that would change what is computed and has no place here, unless it is a default.

        Raises: RefusedError.
        """
        for name, node in self.given.items():
            if name not in taken and known(node, self.names) not in (None, False):
                allowed = ", ".join(taken) or "none"
                raise RefusedError(node, f"{self.title} takes no {name} here", f"leave it out; there are {allowed}")


def arguments(call: ast.Call, signature: tuple[str, ...], names: Mapping[str, Any], title: str = "") -> Arguments:
    """The arguments of a call; positional ones take the names of the signature.

    Raises: RefusedError for `*args`, or more than the signature has.
    """
    title = title or ast.unparse(call.func)
    if any(isinstance(arg, ast.Starred) for arg in call.args) or any(k.arg is None for k in call.keywords):
        raise RefusedError(call, f"{title} is called with * or **", "each argument by itself")
    if len(call.args) > len(signature):
        raise RefusedError(call.args[len(signature)], f"{title} takes {len(signature)} arguments here")
    positional = dict(zip(signature, call.args, strict=False))
    keywords = {k.arg: k.value for k in call.keywords if k.arg}
    return Arguments(call, title, {**positional, **keywords}, names)
