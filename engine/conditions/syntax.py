"""From the text of a condition to its parts: Python's grammar reads it, and an allow-list takes it over.

Nothing is ever evaluated as Python: what is not in the language is refused, with its column and what to write instead.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from engine.conditions.text import DEEPEST, Line, Source, line_of, source_of
from engine.foundation.errors import ConditionError

MOST_NAMES = 20
PATH = "condition"

REDUCTIONS = ("norm", "mean", "sum", "min", "max")
CELLWISE = ("abs", "sqrt", "log", "exp")
FIGURES = ("gradient_norm", "update_ratio", "dead", "saturated")  # of a layer
TRENDS = ("rises", "falls")
NUMBERS = {"pi": math.pi, "inf": math.inf}
_HOW_MANY = dict.fromkeys((*REDUCTIONS, *CELLWISE, *FIGURES, "share", "slope", "finite"), 1)
ARGUMENTS = _HOW_MANY | {"ratio": 2, "rises": 2, "falls": 2}
ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
Trend = Literal["rises", "falls"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part stands: its column, from 0, and its own text."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number as typed, or pi or inf."""

    place: Place
    value: float


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the iteration by its name, or one cell of it."""

    place: Place
    name: str
    index: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Call:
    """A function of measures or, for `share`, of a comparison of cells; of a layer: its name is a `Value`."""

    place: Place
    function: str
    args: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, and inside `share` a comparison of cells."""

    place: Place
    sign: str
    left: Measure
    right: Measure


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus before a measure."""

    place: Place
    operand: Measure


@dataclass(frozen=True, slots=True)
class At:
    """A measure at a given iteration: in claims only."""

    place: Place
    measure: Measure
    iteration: int


Measure = Number | Value | Call | Binary | Negative | At


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two measures beside each other."""

    place: Place
    sign: str
    left: Measure
    right: Measure


@dataclass(frozen=True, slots=True)
class Finite:
    """Whether no cell is inf or nan."""

    place: Place
    measure: Measure


@dataclass(frozen=True, slots=True)
class Crosses:
    """Whether a measure has come to the other side of a level."""

    place: Place
    left: Measure
    right: Measure


@dataclass(frozen=True, slots=True)
class Runs:
    """Whether a measure has risen, or fallen, so many times running."""

    place: Place
    trend: Trend
    measure: Measure
    times: int


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    place: Place
    condition: Condition


@dataclass(frozen=True, slots=True)
class Junction:
    """All of several conditions, or any."""

    place: Place
    all: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Lasting:
    """A condition that has held for so many iterations running."""

    place: Place
    condition: Condition
    iterations: int


Single = Comparison | Finite | Crosses | Runs  # a statement that no other is a part of
Condition = Single | Not | Junction | Lasting
Node = Measure | Condition


def parse_condition(given: object, path: str = PATH) -> Condition:
    """A condition from its text.

    Raises: ConditionError that says what is wrong, in which column, and what to write instead; never another error.
    """
    source = source_of(given, path)
    line = line_of(source)
    found = _Reader(source, line).condition(_tree(source, line))
    return found if line.lasting is None else Lasting(Place(0, source.text.strip()), found, line.lasting)


def parse_measure(given: object, path: str = PATH) -> Measure:
    """A measure from its text.

    Raises: ConditionError, as `parse_condition`.
    """
    source = source_of(given, path)
    line = line_of(source)
    if line.lasting is not None:
        raise source.wrong(source.text.rfind("for"), "for belongs to a condition; this is a measure, a number")
    return _Reader(source, line).measure(_tree(source, line))


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a part."""
    match node:
        case Call(args=args):
            return args
        case Binary(left=left, right=right) | Comparison(left=left, right=right) | Crosses(left=left, right=right):
            return (left, right)
        case Negative(operand=part) | At(measure=part) | Finite(measure=part) | Runs(measure=part):
            return (part,)
        case Not(condition=part) | Lasting(condition=part):
            return (part,)
        case Junction(conditions=parts):
            return parts
    return ()


def walk(node: Node) -> Iterator[Node]:
    """A part and all that is in it."""
    yield node
    for child in children(node):
        yield from walk(child)


def with_numbers(node: Node, numbers: Mapping[Place, Number]) -> Node:
    """A part with numbers put in where its `At` stood, by their places."""
    if isinstance(node, At):
        return numbers[node.place]
    fields = {name: getattr(node, name) for name in node.__dataclass_fields__}
    changed = {name: _put(value, numbers) for name, value in fields.items() if name != "place"}
    return replace(node, **changed)


def _put(value: Any, numbers: Mapping[Place, Number]) -> Any:
    if isinstance(value, tuple):
        return tuple(_put(part, numbers) for part in value)
    return with_numbers(value, numbers) if hasattr(value, "place") else value


def _tree(source: Source, line: Line) -> ast.expr:
    # a bracket keeps what is indented from being refused as Python's indentation
    try:
        tree = ast.parse(f"({line.code}\n)", mode="eval").body
    except SyntaxError as error:
        last = len(source.text) - 1  # the bracket that closes all is in a line of its own
        at = last if (error.lineno or 1) > 1 else min(max((error.offset or 1) - 2, 0), last)
        raise source.wrong(at, "this is no condition; write one like loss < 0.1") from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise source.wrong(0, f"parts are inside each other up to {DEEPEST} deep") from None
    _check_size(source, tree, len(line.names))
    return tree


def _check_size(source: Source, tree: ast.expr, names: int) -> None:
    """Counted without recursion, so that what comes after may recurse."""
    if names > MOST_NAMES:
        raise source.wrong(0, f"a condition has up to {MOST_NAMES} names; this one has {names}")
    waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise source.wrong(_column(node), f"parts are inside each other up to {DEEPEST} deep")
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _column(node: ast.AST) -> int:
    return int(getattr(node, "col_offset", 1)) - 1


class _Reader:
    """Takes over what the language has; `names` are those of values, by column."""

    def __init__(self, source: Source, line: Line) -> None:
        self._source, self._names = source, line.names

    def _place(self, node: ast.expr) -> Place:
        at = _column(node)
        return Place(at, self._source.text[at : (node.end_col_offset or at + 2) - 1])

    # --- conditions --------------------------------------------------------------------------------------------------

    def condition(self, node: ast.expr) -> Condition:
        place = self._place(node)
        match node:
            case ast.BoolOp(op=op, values=values):
                return Junction(place, isinstance(op, ast.And), tuple(self.condition(value) for value in values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(place, self.condition(operand))
            case ast.Compare():
                return self._comparisons(node, place)
            case ast.Call(func=ast.Name(id="finite"), args=[argument], keywords=[]):
                return Finite(place, self.measure(argument))
            case ast.Call(func=ast.Name(id="rises" | "falls" as trend), keywords=[]):
                return self._trend(node, trend, place)
            case ast.Tuple(elts=[_, second, *_]):
                raise self._source.wrong(_column(second), "a comma stands between the arguments of a function only")
            case ast.Call(func=ast.Name(id="finite")):
                raise self._source.wrong(place.at, f"finite takes 1 argument; given {len(node.args)}")
        self.measure(node)  # what is no measure either is told so
        remedy = "compare it, as in loss < 0.1, or ask rises(loss, 5) or finite(loss)"
        raise self._source.wrong(place.at, f"{place.text} is a measure, a number; {remedy}")

    def _comparisons(self, node: ast.Compare, place: Place) -> Condition:
        """One, or a chain: 0 < x < 1 is 0 < x and x < 1."""
        if len(node.ops) > 1 and any(isinstance(op, ast.In) for op in node.ops):
            raise self._source.wrong(place.at, "crosses stands between two measures, not in a chain; join with and")
        sides = pairwise([node.left, *node.comparators])
        made = [self._comparison(a, op, b) for (a, b), op in zip(sides, node.ops, strict=True)]
        return made[0] if len(made) == 1 else Junction(place, True, tuple(made))

    def _comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Condition:
        a, b = self.measure(left), self.measure(right)
        text = self._source.text
        place = Place(a.place.at, text[a.place.at : b.place.at + len(b.place.text)])
        if isinstance(op, ast.In):
            return Crosses(place, a, b)
        return Comparison(place, COMPARISONS[type(op)], a, b)

    def _trend(self, node: ast.Call, trend: Trend, place: Place) -> Runs:
        match node.args:
            case [measure, ast.Constant(value=int() as times)] if 1 <= times <= 1_000_000:
                return Runs(place, trend, self.measure(measure), times)
        raise self._source.wrong(place.at, f"{trend} takes a measure and how many times: {trend}(test_loss, 5)")

    # --- measures ----------------------------------------------------------------------------------------------------

    def measure(self, node: ast.expr, cells: bool = False) -> Measure:
        """A measure; inside `share` (`cells`) also a comparison of cells."""
        place = self._place(node)
        match node:
            case ast.Constant(value=int() | float() as value):
                return Number(place, float(value))
            case ast.Name():
                return self._named(node, place)
            case ast.Subscript(value=ast.Name() as name, slice=index):
                return Value(place, self._names[_column(name)], self._index(index))
            case ast.UnaryOp() | ast.BinOp():
                return self._arithmetic(node, place)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if cells and type(op) in COMPARISONS:
                return Binary(place, COMPARISONS[type(op)], self.measure(left), self.measure(right))
            case ast.Call(func=ast.Name(id=function) as name, args=args, keywords=[]):
                return self._call(self._names.get(_column(name), function), args, place)
        raise self._no_measure(place)

    def _no_measure(self, place: Place) -> ConditionError:
        return self._source.wrong(place.at, f"{place.text or 'this'} is no measure, which is a number of an iteration")

    def _arithmetic(self, node: ast.UnaryOp | ast.BinOp, place: Place) -> Measure:
        match node:
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.measure(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(place, self.measure(operand))
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return At(place, self.measure(left), self._iteration(right))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return Binary(place, ARITHMETIC[type(op)], self.measure(left), self.measure(right))
        raise self._no_measure(place)

    def _named(self, node: ast.Name, place: Place) -> Measure:
        name = self._names.get(place.at)
        if name is None:
            raise self._source.wrong(place.at, f"{place.text} is a function and takes its argument in brackets")
        return Number(place, NUMBERS[name]) if name in NUMBERS else Value(place, name, None)

    def _index(self, node: ast.expr) -> tuple[int, ...]:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        found = [part.value for part in parts if isinstance(part, ast.Constant) and type(part.value) is int]
        if len(found) != len(parts):
            raise self._source.wrong(_column(node), "an index is whole numbers from 0, like [0,2]")
        return tuple(found)

    def _iteration(self, node: ast.expr) -> int:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        raise self._source.wrong(_column(node), "after @ stands the number of an iteration: loss @ 120")

    def _call(self, function: str, args: list[ast.expr], place: Place) -> Measure:
        if function in (*TRENDS, "finite"):
            raise self._source.wrong(place.at, f"{function} is true or false, and no number")
        if function not in ARGUMENTS:
            known = ", ".join(sorted(ARGUMENTS))
            raise self._source.wrong(place.at, f"there is no function {function}; there are {known}")
        if len(args) != ARGUMENTS[function]:
            wanted = f"{ARGUMENTS[function]} argument{'s' * (ARGUMENTS[function] > 1)}"
            raise self._source.wrong(place.at, f"{function} takes {wanted}; given {len(args)}")
        return Call(place, function, tuple(self.measure(arg, cells=function == "share") for arg in args))
