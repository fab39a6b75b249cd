"""Statements, names and the spec of an expression; and that whatever is given, nothing but a ConfigError comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine.expressions.parse
from engine.expressions.functions import FUNCTIONS
from engine.expressions.latex import formulas, symbol, symbols
from engine.expressions.parse import Apply, Name, Number, Statement, parse
from engine.expressions.spec import ExpressionSpec, parse_expression
from engine.foundation.errors import ConfigError
from tests.engine.support.scalars import programs


def complaint(text: Any, inputs: Any = None, train: Any = None) -> tuple[str, str]:
    """Path and message of what is said."""
    with pytest.raises(ConfigError) as caught:
        parse_expression(text, {"a": 2, "b": 3} if inputs is None else inputs, train)
    return caught.value.path, caught.value.message


# --- statements -----------------------------------------------------------------------------------------------------


def test_a_text_becomes_its_statements() -> None:
    found = parse("z = a*2; -max(z, b)")

    z = Statement("z", Apply("multiply", (Name("a", 4), Number(2.0))), 0)
    last = Apply("negative", (Apply("maximum", (Name("z", 14), Name("b", 17))),))
    assert found.statements == (z, Statement(None, last, 9))


def test_a_plus_sign_before_a_value_does_nothing() -> None:
    assert parse("+a").statements[0].value == Name("a", 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f(a)", "column 1: there is no function f; there are abs, cos, elu, exp,"),
        ("a + print(a)", "column 5: there is no function print"),
        ("max(a)", "column 1: max takes 2 values or more; given 1"),
        ("exp(a, b)", "column 1: exp takes 1 value; given 2"),
        ("a, b", "column 1: a comma stands between the arguments of a function only: max(a, b)"),
        ("2 * (a, b)", "column 5: a comma stands"),
        ("L = sin a", "column 9: a function needs brackets: sin(a)"),
        ("L = log10 2", "column 11: a function needs brackets: log10(2)"),
        ("exp * a", "column 1: exp is a function, which takes its argument in brackets"),
        ("exp = a; exp", "column 1: exp is a function"),
        ("a*2; b", "column 1: only the last statement may do without a name"),
        ("a" + " + a" * 101, "operations are inside each other up to 100 deep, and a sum has up to 101 terms"),
        ("-" * 101 + "a", "column 101: operations are inside each other"),
        ("a" + "**a" * 101, "operations are inside each other"),
        (";".join(f"z{i} = a" + "+a" * 90 for i in range(8)), "up to 500 operations; this one has 720"),
    ],
)
def test_what_is_no_statement_is_said_with_its_place(text: str, said: str) -> None:
    path, message = complaint(text)

    assert (path, said in message) == ("expression", True)


def test_a_sum_of_101_terms_and_500_operations_are_allowed() -> None:
    sums = [f"z{i} = " + "+".join(["a"] * 101) for i in range(4)]

    spec = parse_expression(";".join([*sums, "+".join(["z0+z1+z2+z3", *["a"] * 97])]), {"a": 1})

    assert len(spec.graph.nodes) == 500


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a * q", "column 5: q has no value; the inputs are a, b: give it one there, or in a statement before"),
        ("y = z*a; z = b; y+z", "column 5: z is used before it has a value; statements run from the first to the last"),
        (
            "z = a; z = b; z",
            "column 8: z cannot be given a value: it has a value already, and a name is given one once",
        ),
        ("L = a; L = L*b", "column 8: L cannot be given a value: it has a value already"),
        ("a = a*2", "column 1: a cannot be given a value: it is an input"),
        ("loss = a; loss*b", "column 1: loss cannot be given a value: that is what the value of the last statement"),
        ("optimizer = a", "column 1: optimizer cannot be given a value: the program has values of this name"),
        ("z = a; L = b", "column 1: z is not used for the loss, which is the last statement: use it or leave it out"),
        ("x = a; y = x*b; L = x", "column 8: y is not used for the loss"),
        ("2 + 3", "the loss depends on no input, so there is no gradient: use a name"),
        ("k = 2; k**2", "the loss depends on no input"),
    ],
)
def test_a_name_has_one_meaning_that_is_known_where_it_is_used(text: str, said: str) -> None:
    path, message = complaint(text)

    assert (path, said in message) == ("expression", True)


def test_the_last_statement_may_be_called_loss() -> None:
    assert parse_expression("loss = a**2", {"a": 1}).graph.loss_name == "loss"


@pytest.mark.parametrize(("text", "name"), [("a*2", "L"), ("E = a*2", "E"), ("L = a*2; L + 1", "loss")])
def test_a_loss_without_a_name_is_called_l_if_nothing_else_is(text: str, name: str) -> None:
    assert parse_expression(text, {"a": 1}).graph.loss_name == name


# --- the spec -------------------------------------------------------------------------------------------------------


def test_a_spec_is_normalized_to_the_order_of_first_use() -> None:
    found = parse_expression(" L = b*a ;", {"z": 1, "a": 2, "b": -0.0}, ["a", "b", "a"])

    assert found == ExpressionSpec("L = b*a", (("b", 0.0), ("a", 2.0), ("z", 1.0)), ("b", "a"))
    assert json.dumps(found.to_dict()) == (
        '{"expression": "L = b*a", "inputs": {"b": 0.0, "a": 2.0, "z": 1.0}, "train": ["b", "a"]}'
    )


def test_the_order_in_which_things_are_given_makes_no_difference() -> None:
    one = parse_expression("a*b", {"a": 1, "b": 2}, ["a", "b"])
    other = parse_expression("a*b", {"b": 2.0, "a": 1.0}, ["b", "a"])

    assert (one, hash(one)) == (other, hash(other))


def test_without_a_list_every_used_input_is_trained_and_an_empty_list_trains_none() -> None:
    choices: list[Any] = [None, []]

    trained = [parse_expression("a*b", {"a": 1, "b": 2, "c": 3}, train).train for train in choices]

    assert trained == [("a", "b"), ()]


def test_an_unused_input_is_allowed_and_noted() -> None:
    spec = parse_expression("a*2", {"a": 1, "d": 3})

    assert (spec.unused, spec.notes) == (("d",), ("d is not in the expression, so its gradient is 0",))


@pytest.mark.parametrize(
    ("inputs", "train", "path", "said"),
    [
        ([], None, "inputs", 'inputs is an object of names and numbers, {"a": 2}; given []'),
        ({"a": "2"}, None, "inputs.a", "a is a number; given '2'"),
        ({"a": True}, None, "inputs.a", "a is a number; given True"),
        ({"a": float("nan")}, None, "inputs.a", "a is a finite number; given nan"),
        ({"a": 10**400}, None, "inputs.a", "a is a finite number; given 1000"),
        ({"a": 1, "exp": 1}, None, "inputs", "'exp' cannot be the name of an input: it is a function"),
        ({"a": 1, "loss": 1}, None, "inputs", "'loss' cannot be the name of an input: that is what the value of the"),
        ({"a": 1, "optimizer": 1}, None, "inputs", "'optimizer' cannot be the name of an input"),
        ({"a": 1, "b.grad": 1}, None, "inputs", "'b.grad' cannot be the name of an input: a name is a letter"),
        ({"a": 1, 2: 1}, None, "inputs", "2 cannot be the name of an input: a name is a text"),
        ({f"a{i}": 1 for i in range(101)}, None, "inputs", "an expression has up to 100 inputs; given 101"),
        ({}, None, "expression", "column 1: a has no value; there are no inputs: give it one there"),
        ({"a": 1}, "a", "train", "train is a list of names of inputs, [\"a\"]; given 'a'"),
        ({"a": 1}, ["a", "q"], "train[1]", "'q' is no input; the inputs are a"),
        ({"a": 1}, [["a"]], "train[0]", "['a'] is no input; the inputs are a"),
        ({"a": 1, "d": 1}, ["d"], "train[0]", "d is not in the expression, so its gradient is 0 and nothing can train"),
    ],
)
def test_inputs_and_train_are_checked(inputs: Any, train: Any, path: str, said: str) -> None:
    where, message = complaint("a*2", inputs, train)

    assert (where, said in message) == (path, True)


# --- on paper -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("a", "a"),
        ("w1", "w_{1}"),
        ("w_1", "w_{1}"),
        ("x12", "x_{12}"),
        ("w_1_2", "w_{1,2}"),
        ("alpha", r"\alpha"),
        ("beta2", r"\beta_{2}"),
        ("lam", r"\lambda"),
        ("w_out", r"w_{\mathrm{out}}"),
        ("rate", r"\mathrm{rate}"),
        ("Delta_t", r"\Delta_{t}"),
    ],
)
def test_a_name_is_written_as_the_literature_does(name: str, latex: str) -> None:
    assert symbol(name) == latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("L = (a*b + c) * tanh(d)", r"L = \left(a \cdot b + c\right) \cdot \tanh\left(d\right)"),
        ("a - (b - c)", r"L = a - \left(b - c\right)"),
        ("a - b - c", "L = a - b - c"),
        ("-a**2", "L = -{a}^{2}"),
        ("(-a)**2", r"L = {\left(-a\right)}^{2}"),
        ("a**b**2", "L = {a}^{{b}^{2}}"),
        ("(a**b)**2", r"L = {\left({a}^{b}\right)}^{2}"),
        ("a**(b + 1)", "L = {a}^{b + 1}"),
        ("a*(b*c)", r"L = a \cdot \left(b \cdot c\right)"),
        ("a + -b*c", r"L = a + \left(-b \cdot c\right)"),
        ("a * -b", r"L = a \cdot \left(-b\right)"),
        ("-(-a)", r"L = -\left(-a\right)"),
        ("a/(b + c)*2", r"L = \frac{a}{b + c} \cdot 2"),
        ("(a/b)**2", r"L = {\left(\frac{a}{b}\right)}^{2}"),
        ("1e-5*a**1e20", r"L = 1\times 10^{-5} \cdot {a}^{1\times 10^{20}}"),
        ("0.1 + 1/3*a", r"L = 0.1 + \frac{1}{3} \cdot a"),
        ("sqrt(abs(a)) + square(a + b)", r"L = \sqrt{\left|a\right|} + {\left(a + b\right)}^{2}"),
        ("max(a, -b)*relu(a)", r"L = \max\left(a, -b\right) \cdot \operatorname{relu}\left(a\right)"),
        ("sigmoid(leaky_relu(a))", r"L = \sigma\left(\operatorname{leaky relu}\left(a\right)\right)"),
    ],
)
def test_a_formula_is_written_as_typed_with_the_brackets_that_it_needs(text: str, latex: str) -> None:
    assert formulas(parse(text)) == (latex,)


def test_every_value_has_a_symbol() -> None:
    graph = parse_expression("k = 1/4; E = max(0.5, w_1) * alpha + k", {"w_1": 1, "alpha": 2}).graph

    assert symbols(graph) == {
        "k": "k",
        "constant.1": "0.5",
        "w_1": "w_{1}",
        "alpha": r"\alpha",
        "v1": "v_{1}",
        "v2": "v_{2}",
        "loss": "E",
    }


# --- whatever is given ----------------------------------------------------------------------------------------------

PIECES = [
    *("a", "b", "L", "2", "0.5", "1e9", "+", "-", "*", "/", "**", "=", "(", ")", ",", ";", "\n", " ", "exp(", "max("),
    *(
        ".",
        "__class__",
        "lambda",
        ":",
        ":=",
        "[",
        "]",
        "{",
        "f'",
        "'",
        "\0",
        "if",
        "for",
        "in",
        "#",
        "\\",
        "١",
        "\ud800",
    ),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**400), 10**400) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abL") | st.text(), inner, max_size=3),
    max_leaves=5,
)
TEXTS = st.text() | st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | programs(tuple(FUNCTIONS))


def survives(text: Any, inputs: Any, train: Any) -> bool:
    """Whether it is refused by a ConfigError, or is a spec that can be built, written and read again."""
    try:
        spec = parse_expression(text, inputs, train)
    except ConfigError as error:
        return bool(error.message) and error.path.partition("[")[0].partition(".")[0] in (
            *("expression", "inputs", "train"),
        )
    again = spec.to_dict()
    written = [*formulas(spec.expression), *symbols(spec.graph).values()]
    return all(written) and parse_expression(*again.values()) == spec


@settings(max_examples=500)
@given(TEXTS | JSON, JSON | st.just({"a": 1, "b": 2.5, "w1": 0}), JSON | st.none())
def test_whatever_is_given_is_an_expression_or_a_config_error(text: Any, inputs: Any, train: Any) -> None:
    assert survives(text, inputs, train)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES[:20]), max_size=12).map("".join))
def test_pieces_of_formulas_in_any_order_are_an_expression_or_a_config_error(text: str) -> None:
    assert survives(text, {"a": 1, "b": 2}, None)


@pytest.fixture
def unscanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the text to Python's grammar as it is."""
    monkeypatch.setattr(engine.expressions.parse, "scan", lambda text: ())
    monkeypatch.setattr(engine.expressions.parse, "one_line", lambda text, tokens: text)


HOSTILE = [
    "__import__('os').system('true')",
    "(lambda: a)()",
    "[a for a in (1, 2)]",
    "(x := a)",
    "f'{a}'",
    "a.__class__.__mro__",
    "a[0]",
    "a if a else b",
    "a < b",
    "a and b",
    "not a",
    "~a",
    "a @ b",
    "a % b",
    "a // b",
    "a | b",
    "{a: b}",
    "{*a}",
    "max(*a)",
    "max(a, b=a)",
    "exp(a)(b)",
    "'a'",
    "b'a'",
    "1j",
    "...",
    "None",
    "True",
    "await a",
    "yield a",
    "(yield)",
    "a: int = 1",
    "a += 1",
    "a = b = 1",
    "a, b = 1, 2",
    "(a) = 1; del a",
    "import os",
    "pass",
    "def f(): pass",
    "while a: a",
    "assert a",
    "global a",
    "raise a",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_python_knows_and_a_formula_does_not_is_refused(text: str) -> None:
    assert complaint(text)[0] == "expression"


@pytest.mark.parametrize("text", HOSTILE)
def test_the_allow_list_refuses_it_even_if_the_tokens_are_not_looked_at(text: str, unscanned: None) -> None:
    assert complaint(text)[0] == "expression"


@pytest.mark.parametrize("text", ["(" * 900 + "a" + ")" * 900, "-" * 1900 + "a", "a" + "**a" * 600, "a\0"])
def test_what_python_itself_cannot_read_is_refused_even_if_the_tokens_are_not_looked_at(
    text: str, unscanned: None
) -> None:
    assert complaint(text)[0] == "expression"


def test_a_place_counts_from_the_beginning_of_what_was_typed() -> None:
    with pytest.raises(ConfigError, match=r"^line 2, column 7: "):
        parse("\n  L = foo(a)")
