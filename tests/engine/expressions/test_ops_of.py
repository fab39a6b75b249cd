"""The graph of an expression: its nodes, published examples, derivatives by complex step, and numbers that are none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from engine.expressions.functions import FUNCTIONS, SIGNS
from engine.expressions.functions import settings as settings_of
from engine.expressions.ops_of import Graph
from engine.expressions.spec import parse_expression
from engine.ops import OPS
from engine.ops.core.op import Op
from tests.engine.support.scalars import (
    Numbers,
    complex_step,
    graph_of,
    points,
    programs,
    run_by_python,
    values_of,
    walked,
)

USED = sorted({*FUNCTIONS.values(), *SIGNS.values(), "negative", "add_constant", "scale_by", "raise_to", "square"})
PARAMS: dict[str, dict[str, float]] = {
    "add_constant": {"offset": 1.5},
    "scale_by": {"factor": -2.0},
    "raise_to": {"exponent": 3.0},
}


def lines(graph: Graph) -> list[str]:
    """The nodes as a Wengert list."""
    return [
        f"{node.output} = {node.op.name}({', '.join([*node.inputs, *(f'{k}={v:g}' for k, v in node.params.items())])})"
        for node in graph.nodes
    ]


def nearly(found: Any, expected: Any, tolerance: float = 1e-12) -> bool:
    """Whether each number agrees, as a share of the largest."""
    a, b = (np.array(list(x.values()) if isinstance(x, dict) else x, float) for x in (found, expected))
    return bool(np.max(np.abs(a - b)) <= tolerance * max(1.0, np.max(np.abs(b))))


# --- nodes ----------------------------------------------------------------------------------------------------------


def test_a_formula_becomes_a_wengert_list_that_ends_in_the_loss() -> None:
    graph = graph_of("L = (a*b + c) * tanh(d)", a=1, b=2, c=3, d=4)

    assert lines(graph) == ["v1 = multiply(a, b)", "v2 = add(v1, c)", "v3 = tanh(d)", "loss = multiply(v2, v3)"]


def test_a_named_value_keeps_its_name_and_each_node_knows_its_statement() -> None:
    graph = graph_of("z = w*x + b; a = sigmoid(z); E = (a - t)**2", w=1, x=2, b=3, t=4)

    assert lines(graph) == [
        "v1 = multiply(w, x)",
        "z = add(v1, b)",
        "a = sigmoid(z)",
        "v2 = subtract(a, t)",
        "loss = square(v2)",
    ]
    assert [node.statement for node in graph.nodes] == ["z", "z", "a", "E", "E"]


def test_the_graph_says_what_is_trained_what_is_fixed_and_leaves_out_what_is_not_used() -> None:
    graph = parse_expression("max(a, 0) + b*c", {"c": 1, "b": 2, "a": 3, "d": 4}, ["c", "a"]).graph

    assert (graph.parameters, graph.fixed, graph.constants) == ({"a": 3.0, "c": 1.0}, {"b": 2.0}, {"constant.1": 0.0})


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a + 2", "add_constant(a, offset=2)"),
        ("2 + a", "add_constant(a, offset=2)"),
        ("a - 2", "subtract(a, constant.1)"),
        ("2 - a", "subtract(constant.1, a)"),
        ("2 * a", "scale_by(a, factor=2)"),
        ("-2 * a", "scale_by(a, factor=-2)"),
        ("a / 2", "divide(a, constant.1)"),
        ("a ** 2", "square(a)"),
        ("a ** -0.5", "raise_to(a, exponent=-0.5)"),
        ("a ** (1 / 2)", "raise_to(a, exponent=0.5)"),
        ("2 ** a", "power(constant.1, a)"),
        ("a ** a", "power(a, a)"),
        ("max(a, 2)", "maximum(a, constant.1)"),
        ("a * (2 * 3 - exp(0))", "scale_by(a, factor=5)"),
        ("a", "identity(a)"),
        ("softplus(a)", "softplus(a, beta=1, threshold=20)"),
        ("leaky_relu(a)", "leaky_relu(a, negative_slope=0.01)"),
        ("gelu(a)", "gelu(a)"),
    ],
)
def test_a_number_is_a_setting_of_the_op_where_there_is_one_that_reads_as_typed(text: str, node: str) -> None:
    assert lines(graph_of(text, a=1)) == [f"loss = {node}"]


def test_equal_numbers_are_one_value_but_minus_zero_is_another() -> None:
    graph = graph_of("max(a, 0) + min(a, 0) + a/-0 + 1/a", a=1)

    assert graph.constants == {"constant.1": 0.0, "constant.2": 0.0, "constant.3": 1.0}
    assert math.copysign(1, graph.constants["constant.2"]) == -1


def test_a_named_number_is_a_value_of_that_name() -> None:
    graph = graph_of("k = 1/4; a*k", a=1)

    assert (graph.constants, lines(graph)) == ({"k": 0.25}, ["loss = multiply(a, k)"])


def test_an_infinite_number_is_seen_to_come_about() -> None:
    graph = graph_of("a * 10**10**10", a=0)

    assert lines(graph) == ["v1 = raise_to(constant.1, exponent=1e+10)", "loss = multiply(a, v1)"]
    assert math.isinf(values_of(graph)["v1"])
    assert math.isnan(values_of(graph)["loss"])


@pytest.mark.parametrize(
    ("text", "inputs", "name"),
    [
        ("a*b*2", ["a", "b"], "v1"),
        ("a*v1*2", ["a", "v1"], "u1"),
        ("a*v*2", ["a", "v"], "u1"),
        ("v_3*u*2", ["v_3", "u"], "w1"),
        ("a*value*2", ["a", "value"], "v1"),
        ("a*b*2", ["a", "b", "v7"], "v1"),
    ],
)
def test_a_value_without_a_name_has_a_letter_that_no_other_name_looks_like(
    text: str, inputs: list[str], name: str
) -> None:
    expected = "u1" if "v7" in inputs else name

    assert graph_of(text, **dict.fromkeys(inputs, 1.0)).nodes[0].output == expected


def test_where_every_letter_is_taken_the_names_have_a_dot_that_no_users_name_has() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"

    graph = graph_of("*".join(letters), **dict.fromkeys(letters, 1.0))

    assert [node.output for node in graph.nodes][:2] == ["v.1", "v.2"]


# --- published examples ---------------------------------------------------------------------------------------------

NEURON = "n = x1*w1 + x2*w2 + b; o = tanh(n)"
MICROGRAD = """
    c = a + b
    d = a * b + b**3
    c1 = c + c + 1
    c2 = c1 + 1 + c1 + (-a)
    d1 = d + d * 2 + relu(b + a)
    d2 = d1 + 3 * d1 + relu(b - a)
    e = c2 - d2
    f = e**2
    g1 = f / 2.0
    g = g1 + 10.0 / f
"""


@pytest.mark.parametrize(
    ("text", "inputs", "loss", "gradients", "digits"),
    [
        # micrograd, README
        (MICROGRAD, {"a": -4, "b": 2}, 24.7041, {"a": 138.8338, "b": 645.5773}, 4),
        # Karpathy 2022, The spelled-out intro to neural networks and backpropagation
        ("L = (a*b + c) * f", {"a": 2, "b": -3, "c": 10, "f": -2}, -8, {"a": 6, "b": -4, "c": -2, "f": 4}, 12),
        (
            NEURON,
            {"x1": 2, "x2": 0, "w1": -3, "w2": 1, "b": 6.8813735870195432},
            0.7071,
            {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5},
            4,
        ),
        # CS231n, Backpropagation, intuitions
        ("(x + y) * z", {"x": -2, "y": 5, "z": -4}, -12, {"x": -4, "y": -4, "z": 3}, 12),
        (
            "1 / (1 + exp(-(w0*x0 + w1*x1 + w2)))",
            {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
            0.73,
            {"w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.20},
            2,
        ),
        # Olah 2015, Calculus on computational graphs: backpropagation
        ("c = a + b; d = b + 1; e = c*d", {"a": 2, "b": 1}, 6, {"a": 2, "b": 5}, 12),
        # Baydin et al. 2018, Automatic differentiation in machine learning, tables 2 and 3
        ("log(x1) + x1*x2 - sin(x2)", {"x1": 2, "x2": 5}, 11.652, {"x1": 5.5, "x2": 1.716}, 3),
        # Griewank and Walther 2008, Evaluating Derivatives, section 1.1
        (
            "(sin(x1/x2) + x1/x2 - exp(x2)) * (x1/x2 - exp(x2))",
            {"x1": 1.5, "x2": 0.5},
            2.0167,
            {"x1": 3.0118, "x2": -13.7239},
            3,
        ),
    ],
)
def test_a_published_example_gives_its_published_numbers(
    text: str, inputs: Numbers, loss: float, gradients: Numbers, digits: int
) -> None:
    value, found = walked(text, **inputs)

    assert round(value, digits) == round(loss, digits)
    assert {name: round(found[name], digits) for name in inputs} == {k: round(v, digits) for k, v in gradients.items()}


# --- derivatives ----------------------------------------------------------------------------------------------------

ANALYTIC: dict[str, Any] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "square": lambda z: z * z,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "identity": lambda z: z,
}
OF_ONE = ("sin", "cos", "tanh", "sigmoid", "silu", "identity")


def tame(text: str, inputs: Numbers) -> bool:
    """Whether no value is so large that digits are lost where large ones cancel."""
    graph = graph_of(text, **inputs)
    return all(abs(value) < 1e3 for value in values_of(graph).values())


@settings(max_examples=300)
@given(programs(OF_ONE), points)
def test_a_random_program_agrees_with_complex_step(text: str, inputs: Numbers) -> None:
    assume(tame(text, inputs))

    loss, found = walked(text, **inputs)

    expected = run_by_python(text, {k: np.float64(v) for k, v in inputs.items()}, ANALYTIC, np.float64)
    assert nearly([loss], [expected], 1e-12)
    assert nearly({name: found[name] for name in inputs}, complex_step(text, inputs, ANALYTIC), 1e-10)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_agrees_with_central_differences_on_both_sides_of_0(name: str) -> None:
    two = len(OPS[FUNCTIONS[name]].args) == 2
    text = f"{name}(a, b) * a" if two else f"{name}(a) * a + b"
    places = [0.8, 1.7] if name in ("log", "ln", "sqrt") else [-1.2, -0.4, 0.8]

    for at in places:
        found = walked(text, a=at, b=0.3)[1]
        up, down = (walked(text, a=at + step, b=0.3)[0] for step in (1e-5, -1e-5))
        assert abs(found["a"] - (up - down) / 2e-5) < 1e-8


# --- scalars --------------------------------------------------------------------------------------------------------


def scalar_case(op: Op) -> tuple[list[Any], dict[str, Any]]:
    return [np.array(0.7), np.array(1.3)][: len(op.args)], PARAMS.get(op.name, settings_of(op.name))


@pytest.mark.parametrize("name", USED)
def test_every_op_of_an_expression_gives_a_scalar_what_it_gives_a_cell_of_a_matrix(name: str) -> None:
    op = OPS[name]
    args, params = scalar_case(op)
    wide = [np.full((3, 2), a) for a in args]

    scalar = [op.forward(*args, **params), *(op.vjp(x, np.array(-1.7), *args, **params) for x in op.args)]

    matrix = [op.forward(*wide, **params), *(op.vjp(x, np.full((3, 2), -1.7), *wide, **params) for x in op.args)]
    assert [s.shape for s in scalar] == [()] * len(scalar)
    assert nearly(scalar, [m[0, 0] for m in matrix], 1e-15)


@pytest.mark.parametrize("name", USED)
def test_the_terms_of_a_scalar_sum_to_it(name: str) -> None:
    op = OPS[name]
    args, params = scalar_case(op)
    known = dict(zip(op.args, args, strict=True)) | {"output": op.forward(*args, **params), "grad": np.array(-1.7)}
    results = [known["output"], *(op.vjp(x, known["grad"], *args, **params) for x in op.args)]

    sums = []
    for function in (op.function, *(op.vjps[x] for x in op.args)):
        terms = function.terms((), {operand: known[operand] for operand in function.operands}, params)
        sums.append(math.fsum(math.prod(factor.number for factor in term) for term in terms))

    assert nearly(sums, results, 1e-14)


def test_a_value_used_twice_has_both_gradients_added() -> None:
    assert walked("a*a + a", a=3.0) == (12.0, {"a": 7.0})


@pytest.mark.parametrize(
    ("text", "value"),
    [("-a**2", -9.0), ("2**3**a", 2.0**27), ("a - 1 - 1", 1.0), ("a / 2 / 3", 0.5), ("-a * -a", 9.0), ("a**-1", 1 / 3)],
)
def test_operations_bind_as_in_mathematics(text: str, value: float) -> None:
    assert walked(text, a=3.0)[0] == value
