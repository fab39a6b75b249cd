"""What an expression can compute: each sign and each function name, and the op of the registry that it stands for."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.model.activations import ACTIVATIONS, parse_activation
from engine.ops import OPS

SIGNS: Mapping[type[ast.operator], str] = MappingProxyType(
    {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power"}
)
OF_A_ROW = ("softmax", "log_softmax")  # they need several values beside each other
NAMES_OF_VALUES = ("step",)  # inputs were called so before there was an activation of that name
CURVES = tuple(name for name in ACTIVATIONS if name not in OF_A_ROW + NAMES_OF_VALUES)
FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {name: name for name in ("exp", "log", "sqrt", "square", "sin", "cos", "tan", *CURVES)}
    | {"ln": "log", "abs": "absolute", "max": "maximum", "min": "minimum"}
)
"""The user's name of a function to that of its op."""
OF_SEVERAL = ("max", "min")  # of more than two values they are taken two by two, from the left
BASES: Mapping[str, int] = MappingProxyType({"log2": 2, "log10": 10})
"""Logarithms to other bases: that of the value divided by that of the base."""
CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e})
"""Names that are numbers, unless an input or a statement gives them a value."""


def arity(op: str) -> int:
    """How many values an op takes."""
    return len(OPS[op].args)


def settings(op: str) -> dict[str, Any]:
    """The parameters with which an op runs here: the defaults of its activation, if it is one and has any."""
    return parse_activation(op).op_params if op in CURVES else {}
