"""Lines of numpy, computed without being run as Python: an allow-list over the syntax tree, and nothing else.

What is not named in `words` is refused with the place where it stands; no array larger than `LARGEST` is made.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.foundation.errors import EngineError
from engine.ops.core.op import Array
from engine.practice.code.words import (
    ATTRIBUTES,
    COUNTED,
    ELEMENTWISE,
    HELPERS,
    KEYWORDS,
    METHODS,
    NUMBERS,
    OURS,
    PRODUCTS,
    SHAPING,
)

LONGEST = 400  # characters
MOST_PARTS = 200  # of the syntax tree
LARGEST = 2_000_000  # numbers of an array
_ARITHMETIC: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.true_divide,
    ast.Pow: np.float_power,
    ast.MatMult: operator.matmul,
    ast.BitAnd: np.logical_and,
    ast.BitOr: np.logical_or,
}
_COMPARED: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SIGNS: Mapping[type[ast.AST], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}


class LineError(EngineError):
    """A line that is not read, or that cannot be computed with these values."""


def evaluated(line: str, names: Mapping[str, Any], ours: bool = False) -> Any:
    """What a line of numpy gives.

    Args:   names: the values that it may use; ours: whether the engine wrote it, and may use a few words more.
    Raises: LineError for anything that is not on the list, or that numpy refuses.
    """
    with np.errstate(all="ignore"):
        try:
            return _Reader(names, {**HELPERS, **OURS} if ours else HELPERS, ours).value(_parsed(line))
        except (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError, MemoryError) as error:
            raise LineError(f"numpy cannot compute this: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


@lru_cache(maxsize=512)  # our own lines come again with every question
def _parsed(line: str) -> ast.expr:
    text = line.strip()
    if not text or len(text) > LONGEST:
        raise LineError(f"a line has 1 to {LONGEST} characters; given {len(text)}")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise LineError("this is no expression: write what stands right of the =, as dz2.T @ a1") from None
    if sum(1 for _ in ast.walk(tree)) > MOST_PARTS:
        raise LineError("this line has too many parts")
    return tree.body


@dataclass(frozen=True, slots=True)
class _Reader:
    """Computes a syntax tree from the leaves up.

    helpers: functions by name; ours: whether words that make arrays of any size are known.
    """

    names: Mapping[str, Any]
    helpers: Mapping[str, Callable[..., Any]]
    ours: bool

    def value(self, node: ast.expr) -> Any:
        """What a part of the line gives."""
        read = _READ.get(type(node))
        if read is None:
            raise LineError(f"{ast.unparse(node)[:40]} is not read: numbers, + - * / ** @, .T, .sum() and np.where are")
        return read(self, node)

    def constant(self, node: ast.Constant) -> Any:
        """A number."""
        kinds = (int, float, bool, str) if self.ours else (int, float, bool)
        if node.value is not None and node.value is not Ellipsis and not isinstance(node.value, kinds):
            raise LineError(f"{str(node.value)[:40]!r} is no number")
        if isinstance(node.value, int) and abs(node.value) > LARGEST:
            return float(node.value) if abs(node.value) < 1e300 else math.inf
        return node.value

    def name(self, node: ast.Name) -> Any:
        """A value by its name."""
        if node.id not in self.names:
            raise LineError(f"there is no {node.id[:40]} here; there are {', '.join(sorted(self.names))}")
        return self.names[node.id]

    def binary(self, node: ast.BinOp) -> Any:
        """Two values and what is between them."""
        compute = _ARITHMETIC.get(type(node.op))
        if compute is None:
            raise LineError(f"{ast.unparse(node)[:40]}: of operators + - * / ** and @ are read")
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.MatMult):
            return compute(_array(left), _array(right))
        _check_room(left, right)
        return compute(left, right)

    def unary(self, node: ast.UnaryOp) -> Any:
        """A sign."""
        compute = _SIGNS.get(type(node.op))
        if compute is None:
            raise LineError(f"{ast.unparse(node)[:40]} is not read here")
        return compute(self.value(node.operand))

    def compare(self, node: ast.Compare) -> Any:
        """One comparison, cell by cell."""
        if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARED:
            raise LineError("one comparison at a time, as z1 > 0")
        left, right = self.value(node.left), self.value(node.comparators[0])
        _check_room(left, right)
        return _COMPARED[type(node.ops[0])](left, right)

    def attribute(self, node: ast.Attribute) -> Any:
        """np.pi, or .T, .shape, .size of an array."""
        if _is_numpy(node.value) and node.attr in NUMBERS:
            return NUMBERS[node.attr]
        if node.attr not in ATTRIBUTES:
            raise LineError(f".{node.attr[:40]} is not read here; there are {', '.join(sorted(ATTRIBUTES))}")
        return getattr(_array(self.value(node.value)), node.attr)

    def call(self, node: ast.Call) -> Any:
        """A function of numpy, a method of an array, or a helper."""
        function = self._function(node.func)
        arguments = [part for given in node.args for part in self._spread(given)]
        named = {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg}
        if len(named) < len(node.keywords) or not named.keys() <= KEYWORDS:
            raise LineError(f"of keywords {', '.join(sorted(KEYWORDS))} are read")
        _check_room(*(part for part in arguments if isinstance(part, np.ndarray)))
        for part in arguments:
            if isinstance(part, tuple) and all(isinstance(size, int) for size in part):
                _check_size(part)
        return function(*arguments, **named)

    def _spread(self, node: ast.expr) -> list[Any]:
        return list(self.value(node.value)) if isinstance(node, ast.Starred) else [self.value(node)]

    def _function(self, node: ast.expr) -> Callable[..., Any]:
        if isinstance(node, ast.Name) and node.id in self.helpers:
            return self.helpers[node.id]
        if isinstance(node, ast.Attribute):
            if _is_numpy(node.value):
                return self._of_numpy(node.attr)
            if node.attr in METHODS:
                method: Callable[..., Any] = getattr(_array(self.value(node.value)), node.attr)
                return method
        raise LineError(f"{ast.unparse(node)[:40]} is not read here")

    def _of_numpy(self, name: str) -> Callable[..., Any]:
        if name in COUNTED:
            return COUNTED[name]
        if name not in (*ELEMENTWISE, *SHAPING, *PRODUCTS) and not (self.ours and name in OURS):
            raise LineError(f"np.{name[:40]} is not read here; np.where, np.exp, np.sum, np.maximum and the like are")
        found: Callable[..., Any] = getattr(np, name)
        return found

    def subscript(self, node: ast.Subscript) -> Any:
        """Cells of an array, rows and columns, or a new axis."""
        value, at = self.value(node.value), self._index(node.slice)
        return value[at] if isinstance(value, tuple) else _array(value)[at]

    def _index(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Tuple):
            return tuple(self._index(part) for part in node.elts)
        if isinstance(node, ast.Slice):
            return slice(*(None if part is None else self.value(part) for part in (node.lower, node.upper, node.step)))
        return self.value(node)

    def sequence(self, node: ast.Tuple | ast.List) -> Any:
        """Several values in a row: axes, a shape."""
        return tuple(part for given in node.elts for part in self._spread(given))


_READ: Mapping[type[ast.AST], Callable[[_Reader, Any], Any]] = {
    ast.Constant: _Reader.constant,
    ast.Name: _Reader.name,
    ast.BinOp: _Reader.binary,
    ast.UnaryOp: _Reader.unary,
    ast.Compare: _Reader.compare,
    ast.Attribute: _Reader.attribute,
    ast.Call: _Reader.call,
    ast.Subscript: _Reader.subscript,
    ast.Tuple: _Reader.sequence,
    ast.List: _Reader.sequence,
}


def _is_numpy(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "np"


def _array(value: Any) -> Array:
    if isinstance(value, np.ndarray | np.generic | int | float):
        return np.asarray(value)
    raise LineError("this is no array")


def _check_room(*values: Any) -> None:
    """Refuses what would become too large before it is made; what does not fit together numpy refuses itself."""
    shapes = [np.shape(value) for value in values if isinstance(value, np.ndarray)]
    try:
        _check_size(np.broadcast_shapes(*shapes))
    except ValueError:
        _check_size(tuple(math.prod(shape) for shape in shapes if shape) if len(shapes) < 3 else ())


def _check_size(shape: tuple[int, ...]) -> None:
    if math.prod(shape) > LARGEST:
        raise LineError(f"this would have more than {LARGEST} numbers")
