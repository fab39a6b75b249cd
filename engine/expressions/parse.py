"""From the text of an expression to its statements: Python's grammar reads it, and an allow-list takes it over.

Nothing is ever evaluated as Python: what is not a number, a name, one of five signs, a minus or a call of a known
function is refused where it stands.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from functools import reduce

from engine.expressions.functions import BASES, FUNCTIONS, OF_SEVERAL, SIGNS, arity
from engine.expressions.text import AROUND, PATH, one_line, scan, tidy, typed, within, wrong
from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown

DEEPEST = 100  # operations inside each other: what is read by recursion stays far from Python's own limit
MOST_OPERATIONS = 500
_TOO_DEEP = (
    f"operations are inside each other up to {DEEPEST} deep, and a sum has up to {DEEPEST + 1} terms;"
    " split it into statements"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as typed: never negative, as the minus before it is an operation.

    latex: how it is written, where it was not typed as a number: `pi`.
    """

    value: float
    latex: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """An input or the result of a statement, and where in the text it is used."""

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class Apply:
    """An op of the registry, by name, on its arguments."""

    op: str
    args: tuple[Expr, ...]


Expr = Number | Name | Apply


@dataclass(frozen=True, slots=True)
class Statement:
    """`name = value`; the last of an expression may have no name."""

    name: str | None
    value: Expr
    start: int


@dataclass(frozen=True, slots=True)
class Expression:
    """The statements of a text, in order; the value of the last one is the loss."""

    text: str
    statements: tuple[Statement, ...]


def parse(given: object) -> Expression:
    """The statements of a text.

    Args:   given: statements, each on its line or with `;` between: ``z = w*x + b; a = sigmoid(z); L = (a - t)**2``.
    Raises: ConfigError that says what is wrong and where, for anything that is no formula; never another error.
    """
    text = tidy(given)
    whole = typed(str(given))
    with within(whole, len(whole) - len(whole.lstrip(AROUND))):
        body = _body(text)
        _check_size(text, body)
        return Expression(text, tuple(_statement(text, node, node is body[-1]) for node in body))


def _body(text: str) -> list[ast.stmt]:
    """The statements as Python reads them; a 0 stands for comments before the first, as a line cannot be indented."""
    line = one_line(text, scan(text))
    blank = len(line) - len(line.lstrip())
    body = _tree(text, line if not blank else "0".ljust(blank - 1) + ";" + line[blank:]).body
    return body[1:] if blank else body


def _tree(text: str, line: str) -> ast.Module:
    try:
        return ast.parse(line)
    except SyntaxError as error:
        raise wrong(text, max((error.offset or 1) - 1, 0), "this is no formula") from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise wrong(text, 0, _TOO_DEEP) from None


def _check_size(text: str, body: list[ast.stmt]) -> None:
    """Counted without recursion, so that what comes after may recurse."""
    operations, waiting = 0, [(node, 0) for statement in body for node in ast.iter_child_nodes(statement)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call):
            operations, depth = operations + 1, depth + 1
        if depth > DEEPEST:
            raise wrong(text, _start(node), _TOO_DEEP)
        waiting += [(child, depth) for child in ast.iter_child_nodes(node)]
    if operations > MOST_OPERATIONS:
        raise ConfigError(f"an expression has up to {MOST_OPERATIONS} operations; this one has {operations}", PATH)


def _start(node: ast.AST) -> int:
    """Where a node is in the text, which is one line of ASCII to `ast`."""
    return int(getattr(node, "col_offset", 0))


def _statement(text: str, node: ast.stmt, last: bool) -> Statement:
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        _check_no_function(text, name, _start(node))
        return Statement(name, _expr(text, node.value), _start(node))
    if not isinstance(node, ast.Expr):
        raise wrong(text, _start(node), "a statement is a name, = and a formula: z = a*b")
    if not last:
        raise wrong(text, _start(node), "only the last statement may do without a name: begin with one, as in z = a*b")
    return Statement(None, _expr(text, node.value), _start(node))


def _expr(text: str, node: ast.expr) -> Expr:
    match node:
        case ast.Constant(value=int() | float() as value):
            return Number(float(value))
        case ast.Name(id=name):
            _check_no_function(text, name, _start(node))
            return Name(name, _start(node))
        case ast.UnaryOp(op=ast.UAdd()):
            return _expr(text, node.operand)
        case ast.UnaryOp(op=ast.USub()):
            return Apply("negative", (_expr(text, node.operand),))
        case ast.BinOp(op=sign) if type(sign) in SIGNS:
            return Apply(SIGNS[type(sign)], (_expr(text, node.left), _expr(text, node.right)))
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return _call(text, name, node)
        case ast.Tuple():
            raise wrong(text, _start(node), "a comma stands between the arguments of a function only: max(a, b)")
    raise wrong(text, _start(node), "this is no part of a formula")


def _call(text: str, name: str, node: ast.Call) -> Expr:
    op = _function(text, name, node)
    args = [_expr(text, argument) for argument in node.args]
    if name in BASES:
        base = BASES[name]
        return Apply("divide", (Apply(op, tuple(args)), Number(math.log(base), rf"\log {base}")))
    if name in OF_SEVERAL:
        return reduce(lambda first, second: Apply(op, (first, second)), args)
    return Apply(op, tuple(args))


def _check_no_function(text: str, name: str, at: int) -> None:
    if name in FUNCTIONS or name in BASES:
        raise wrong(text, at, f"{name} is a function, which takes its argument in brackets, and no name of a value")


def _function(text: str, name: str, call: ast.Call) -> str:
    if name not in FUNCTIONS and name not in BASES:
        what = unknown(f"there is no function {name}", name, sorted((*FUNCTIONS, *BASES)))
        raise wrong(text, _start(call), what)
    op = "log" if name in BASES else FUNCTIONS[name]
    least = arity(op)
    if len(call.args) < least or (len(call.args) > least and name not in OF_SEVERAL):
        wanted = f"{least} value{'s' if least > 1 else ''}{' or more' if name in OF_SEVERAL else ''}"
        raise wrong(text, _start(call), f"{name} takes {wanted}; given {len(call.args)}")
    return op
