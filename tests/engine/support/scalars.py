"""Second readings of an expression: its graph walked node by node, and its text run by Python itself.

The two share nothing but the text: what Python makes of it is what the parser, the graph and the ops must make of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine.expressions.ops_of import Graph
from engine.expressions.spec import parse_expression

NUMBER = re.compile(r"(?<![\w.])(\d+\.?\d*)")
Numbers = dict[str, float]


def graph_of(text: str, **inputs: float) -> Graph:
    return parse_expression(text, inputs).graph


def values_of(graph: Graph) -> dict[str, Any]:
    """Every value, the nodes run in order."""
    numbers = {**graph.parameters, **graph.fixed, **graph.constants}
    values = {name: np.array(number) for name, number in numbers.items()}
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            values[node.output] = node.op.forward(*(values[name] for name in node.inputs), **node.params)
    return values


def walked(text: str, **inputs: float) -> tuple[float, Numbers]:
    """The loss and the gradient of every input: the nodes run in order, then their VJPs from the last one back."""
    graph = graph_of(text, **inputs)
    values = values_of(graph)
    grads = {name: np.array(0.0) for name in values} | {"loss": np.array(1.0)}
    with np.errstate(all="ignore"):
        for node in reversed(graph.nodes):
            args = [values[name] for name in node.inputs]
            for argument, name in zip(node.op.args, node.inputs, strict=True):
                grads[name] = grads[name] + node.op.vjp(argument, grads[node.output], *args, **node.params)
    return float(values["loss"]), {name: float(grads[name]) for name in (*graph.parameters, *graph.fixed)}


def run_by_python(text: str, values: Mapping[str, Any], functions: Mapping[str, Any], number: Any) -> Any:
    """The last statement's value; numbers in the text go through `number`, so that none is a plain Python one."""
    *before, last = (part.strip() for part in NUMBER.sub(r"_number(\1)", text).replace("\n", ";").split(";"))
    names = {**functions, **values, "_number": number}
    exec("\n".join([*before, f"_last = {last.rpartition('=')[2].strip()}"]), names)
    return names["_last"]


def complex_step(text: str, inputs: Numbers, functions: Mapping[str, Any]) -> Numbers:
    """∂L/∂input from the imaginary part at a step of 1e-30: no difference is taken, so nothing is lost.

    Source: Squire and Trapp 1998, Using complex variables to estimate derivatives of real functions.
    """
    found = {}
    for name in inputs:
        moved = {key: complex(value, 1e-30 if key == name else 0) for key, value in inputs.items()}
        with np.errstate(all="ignore"):
            result = run_by_python(text, {k: np.complex128(v) for k, v in moved.items()}, functions, np.float64)
        found[name] = float(np.imag(result)) / 1e-30
    return found


# --- random formulas ------------------------------------------------------------------------------------------------

NAMES = ("a", "b", "w1")
numbers = st.sampled_from(["0.5", "1", "2", "3", "0.1", "7.25"])


def formulas(functions: tuple[str, ...], pairs: tuple[str, ...] = (), names: tuple[str, ...] = NAMES) -> Any:
    """Formulas of these names, of functions of one and of two values, with brackets and minus signs anywhere."""
    leaves = st.sampled_from(names) | numbers

    def grown(inner: Any) -> Any:
        made = [
            st.builds("{} {} {}".format, inner, st.sampled_from("+-*"), inner),
            st.builds("({}) {} ({})".format, inner, st.sampled_from("+-*"), inner),
            st.builds("({}) / (1.5 + square({}))".format, inner, inner),
            st.builds("({})**{}".format, inner, st.sampled_from(["2", "3", "1"])),
            st.builds("(1.5 + square({}))**({} / 9)".format, inner, leaves),
            st.builds("-{}".format, inner),
            st.builds("{}({})".format, st.sampled_from(functions), inner),
            st.builds("log(square({}) + 0.5)".format, inner),
            st.builds("sqrt(square({}) + 0.5)".format, inner),
        ]
        if pairs:
            made.append(st.builds("{}({}, {})".format, st.sampled_from(pairs), inner, inner))
        return st.one_of(made)

    return st.recursive(leaves, grown, max_leaves=8)


def programs(functions: tuple[str, ...], pairs: tuple[str, ...] = ()) -> Any:
    """Three statements: the later ones use the values of those before, and every input is used."""
    return st.builds(
        "z = {}; y1 = z * ({}) + a\nL = ({}) + y1 * b + w1".format,
        formulas(functions, pairs),
        formulas(functions, pairs, (*NAMES, "z")),
        formulas(functions, pairs, (*NAMES, "z", "y1")),
    )


points = st.fixed_dictionaries({name: st.floats(-2, 2).map(lambda x: round(x, 3)) for name in NAMES})
