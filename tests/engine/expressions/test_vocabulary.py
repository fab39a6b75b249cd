"""What may be said in an expression besides the basics: pi and e, other logarithms, comments, max of several."""

from __future__ import annotations

import math
from typing import Any

import pytest

from engine.explain.derivation import derivation
from engine.expressions.config import ExpressionConfig
from engine.expressions.latex import formulas
from engine.expressions.names import inputs_of, with_constants
from engine.expressions.parse import parse
from engine.expressions.spec import parse_expression
from engine.foundation.errors import ConfigError
from engine.run.run import Run


def run_of(text: str, **inputs: float) -> Run:
    return Run(ExpressionConfig.from_dict({"expression": text, "inputs": inputs}))


def loss_of(text: str, **inputs: float) -> float:
    return float(run_of(text, **inputs).trace_at(0)["loss"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2*pi*a", 2 * math.pi * 3),
        ("e**a", math.exp(3)),
        ("ln(a)", math.log(3)),
        ("log2(a)", math.log2(3)),
        ("log10(a) + 1", math.log10(3) + 1),
        ("tan(a)", math.tan(3)),
        ("max(a, 2, 5, 1)", 5.0),
        ("min(4, a, 7)", 3.0),
        ("L = a*a  # the square", 9.0),
        ("# first\nu = 2*a  # twice; once more\n\n# and then\nL = u + 1\n# done", 7.0),
    ],
)
def test_it_means_what_it_says(text: str, value: float) -> None:
    assert loss_of(text, a=3.0) == pytest.approx(value, rel=1e-15)


def test_pi_and_e_are_names_like_others_where_they_are_given_a_value() -> None:
    found = [loss_of("e * a", a=2.0, e=5.0), loss_of("pi = 3*a; pi + 1", a=2.0), loss_of("e = a*a; L = e*e", a=2.0)]

    assert found == [10.0, 7.0, 16.0]


def test_no_input_is_asked_for_what_is_a_number() -> None:
    assert inputs_of(with_constants(parse("a*pi + e*b"))) == ("a", "b")


def test_that_e_is_a_number_is_worth_a_note_and_pi_is_not() -> None:
    notes = [parse_expression(text, {"a": 1}).notes for text in ("e*a", "pi*a", "a")]

    assert notes == [("e is Euler's number, 2.718; for an input take another name",), (), ()]


def test_a_formula_has_them_as_they_are_written_on_paper() -> None:
    found = formulas(with_constants(parse("u = max(a, b, c); v = log2(u); L = 2*pi*v + e")))

    assert found == (
        r"u = \max\left(a, b, c\right)",
        r"v = \frac{\log\left(u\right)}{\log 2}",
        r"L = 2 \cdot \pi \cdot v + e",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lg(a)", "column 1: there is no function lg; did you mean log? There are abs, "),
        ("Tanh(a)", "column 1: there is no function Tanh; did you mean tanh? There are abs, "),
        ("log2(a, 2)", "column 1: log2 takes 1 value; given 2"),
        ("log10 = a", "column 1: log10 is a function, which takes its argument in brackets"),
        ("min(a)", "column 1: min takes 2 values or more; given 1"),
        ("# nothing", "the expression is empty; write one like "),
        ("L = a +  # and then", "column 7: a value is missing after +"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_a_remedy(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_expression(text, {"a": 1})

    assert refused.value.message[: len(message)] == message


def test_the_last_name_of_a_text_is_a_name_of_its_loss() -> None:
    run = run_of("q = x + y; f = q*z", x=-2.0, y=5.0, z=-4.0)
    traced = run.trace_at(0)

    found: list[Any] = [derivation(run, traced, name, ()) for name in ("f", "loss", "f.grad")]

    assert [(one.value, one.result) for one in found] == [("loss", -12.0), ("loss", -12.0), ("loss.grad", 1.0)]
