"""From statements to the computation graph: the ops in the order in which they run, and the numbers they start from.

Plain data for a compiler to walk. A value of the user's has the user's name; what is between has a letter and a
number, as in a Wengert list: `v1 = a*b`. The value of the last statement is `loss`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.expressions.functions import settings
from engine.expressions.names import LOSS, inputs_of, labels
from engine.expressions.parse import Apply, Expr, Expression, Name, Number
from engine.ops import OPS
from engine.ops.core.op import Op

_LETTERS = "vuwsrqponmlkjihgfedcbazyxt"  # v is what the literature takes


@dataclass(frozen=True, slots=True)
class Node:
    """One op applied to named values; `statement` is the user's name of the statement that it is a part of."""

    op: Op
    inputs: tuple[str, ...]
    output: str
    statement: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes in order, the last one writing `loss`, and every value that no node writes.

    parameters: inputs that are trained; fixed: inputs that are not; both in the order of their first use.
    constants:  numbers of the text that are values; `k = 1/2` has the name k, others are `constant.1` and so on.
    loss_name:  what the text calls the loss.
    """

    nodes: tuple[Node, ...]
    parameters: Mapping[str, float]
    fixed: Mapping[str, float]
    constants: Mapping[str, float]
    loss_name: str


@dataclass(slots=True)
class _Builder:
    """Collects nodes and constants as the statements are walked."""

    fresh: Iterator[str]
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, float] = field(default_factory=dict)

    def statement(self, value: Expr, output: str, statement: str) -> None:
        if isinstance(value, Number):
            self.constants[output] = value.value
        else:
            self.node(value if isinstance(value, Apply) else Apply("identity", (value,)), output, statement)

    def node(self, apply: Apply, output: str, statement: str) -> str:
        op, args, params = lowered(apply)
        inputs = tuple(self.value(argument, statement) for argument in args)
        self.nodes.append(Node(OPS[op], inputs, output or next(self.fresh), statement, MappingProxyType(params)))
        return self.nodes[-1].output

    def value(self, expr: Expr, statement: str) -> str:
        if isinstance(expr, Name):
            return expr.name
        return self.constant(expr.value) if isinstance(expr, Number) else self.node(expr, "", statement)

    def constant(self, value: float) -> str:
        """The name of a number: the same for the same one."""
        unnamed = {repr(number): name for name, number in self.constants.items() if "." in name}  # -0.0 is not 0.0
        name = unnamed.get(repr(value), f"constant.{len(unnamed) + 1}")
        self.constants[name] = value
        return name


def build(expression: Expression, inputs: Mapping[str, float], train: Sequence[str]) -> Graph:
    """The graph of an expression whose names have been checked.

    Args: inputs: a number for every input; one that is not used does not appear. train: the inputs that are trained.
    """
    called = labels(expression)
    used = {name: inputs[name] for name in inputs_of(expression)}
    builder = _Builder(fresh_names({*inputs, *called}))
    for statement, name, output in zip(expression.statements, called, (*called[:-1], LOSS), strict=True):
        builder.statement(folded(statement.value), output, name)
    return Graph(
        tuple(builder.nodes),
        MappingProxyType({name: number for name, number in used.items() if name in train}),
        MappingProxyType({name: number for name, number in used.items() if name not in train}),
        MappingProxyType(builder.constants),
        called[-1],
    )


def fresh_names(taken: set[str]) -> Iterator[str]:
    """v1, v2, ...: with the first letter for which no name of the user's looks alike (`v`, `v1`, `v_1`)."""
    for letter in _LETTERS:
        if not any(re.fullmatch(rf"{letter}_?\d*", name) for name in taken):
            return (f"{letter}{i}" for i in count(1))
    return (f"v.{i}" for i in count(1))


# --- numbers in the formula -----------------------------------------------------------------------------------------


def folded(expr: Expr) -> Expr:
    """The formula with what is computed from numbers alone as one number, unless that is infinite or no number.

    Such a number has to be seen to come about, so its operations stay.
    """
    if not isinstance(expr, Apply):
        return expr
    args = tuple(folded(argument) for argument in expr.args)
    numbers = [argument.value for argument in args if isinstance(argument, Number)]
    if len(numbers) == len(args):
        result = _computed(expr.op, numbers)
        if math.isfinite(result):
            return Number(result)
    return Apply(expr.op, args)


def _computed(op: str, numbers: list[float]) -> float:
    with np.errstate(all="ignore"):
        return float(OPS[op].forward(*(np.array(number) for number in numbers), **settings(op)))


def lowered(apply: Apply) -> tuple[str, tuple[Expr, ...], dict[str, Any]]:
    """The op that runs, with its arguments and parameters: sums, products and powers with a number have their own."""
    match apply:
        case Apply("add", (value, Number(number)) | (Number(number), value)):
            return "add_constant", (value,), {"offset": number}
        case Apply("multiply", (value, Number(number)) | (Number(number), value)):
            return "scale_by", (value,), {"factor": number}
        case Apply("power", (value, Number(2))):
            return "square", (value,), {}
        case Apply("power", (value, Number(number))):
            return "raise_to", (value,), {"exponent": number}
    return apply.op, apply.args, settings(apply.op)
