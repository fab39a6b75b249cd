"""The text of an expression: which tokens it has, and what is said where it cannot be a formula."""

from __future__ import annotations

import re

import pytest

from engine.expressions.text import LONGEST, MOST_TOKENS, Token, one_line, place, scan, tidy
from engine.foundation.errors import ConfigError


def texts(text: str) -> list[str]:
    return [token.text for token in scan(text)]


def complaint(text: object) -> str:
    with pytest.raises(ConfigError) as caught:
        scan(tidy(text))
    assert caught.value.path == "expression"
    return caught.value.message


def test_a_formula_is_numbers_names_and_signs() -> None:
    assert texts("L = (a*b + 1.5e-3)**2 / f(w_1, .5)") == [
        *("L", "=", "(", "a", "*", "b", "+", "1.5e-3", ")", "**", "2", "/", "f", "(", "w_1", ",", ".5", ")")
    ]


def test_a_token_knows_where_it_starts() -> None:
    assert scan("a +b") == (Token("name", "a", 0), Token("sign", "+", 2), Token("name", "b", 3))


def test_statements_end_at_a_line_end_or_a_semicolon_and_empty_ones_do_not_count() -> None:
    assert [token.kind for token in scan("a;;\n b ;\n\nc")] == ["name", "end", "name", "end", "name"]


def test_inside_brackets_a_line_may_end_anywhere() -> None:
    assert texts("f(a,\n b\n)") == ["f", "(", "a", ",", "b", ")"]


def test_the_one_line_has_every_token_where_it_was() -> None:
    text = "z = (a\n+ b)\nz*2"

    assert one_line(text, scan(text)) == "z = (a + b);z*2"


def test_line_ends_of_every_system_are_the_same_and_the_edges_are_cut_off() -> None:
    assert tidy(" ;a = 1\r\nb = 2\rc = 3;\n") == "a = 1\nb = 2\nc = 3"


def test_a_place_has_its_line_where_there_are_several() -> None:
    assert (place("a + b", 4), place("a\nb + c", 6)) == ("column 5", "line 2, column 5")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a ^ 2", "column 3: '^' is not allowed; a power is written **"),
        ("a.b", "column 2: '.' is not allowed"),
        ("a := 1", "column 3: ':' is not allowed"),
        ("a[0]", "column 2: '[' is not allowed; brackets are round"),
        ("'a'", 'column 1: "\'" is not allowed'),
        ("a\0", "column 2: '\\x00' is not allowed"),
        ("а * 2", "column 1: 'а' (cyrillic small letter a) is not allowed"),
        ("α * 2", "column 1: 'α' (greek small letter alpha) is not allowed; a Greek letter is written as a word"),
        ("２ * a", "column 1: '２' (fullwidth digit two) is not allowed"),
        ("a × b", "column 3: '×' (multiplication sign) is not allowed; a product is written *"),
        ("\ud800", "column 1: '\\ud800' is not allowed"),
        ("__class__", "column 1: '__class__' cannot be a name: a name is a letter"),
        ("a__b", "'a__b' cannot be a name: a name has no two _ beside each other"),
        ("a_", "'a_' cannot be a name: a name is a letter, then letters, digits and _, and does not end in _"),
        ("lambda", "'lambda' cannot be a name: it is a word of the Python language; take another, like lam"),
        ("a if b else c", "column 3: 'if' cannot be a name: it is a word of the Python language; take another"),
        ("None", "'None' cannot be a name"),
        ("a" * 31, "cannot be a name: a name has up to 30 characters"),
        ("1e999", "column 1: '1e999' cannot be a number: the largest is about 1.8e308"),
        ("9" * 400, "cannot be a number: the largest is about 1.8e308"),
        ("a + 007", "column 5: '007' cannot be a number: a whole number does not begin with 0"),
    ],
)
def test_what_no_formula_has_is_named_with_its_place(text: str, said: str) -> None:
    assert said in complaint(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a b", "column 3: something is missing between a and b; a product needs *"),
        ("2a", "column 2: something is missing between 2 and a; a product needs *"),
        ("(a)(b)", "column 4: something is missing between ) and (; a product needs *"),
        ("a +", "column 3: a value is missing after +"),
        ("* a", "column 1: a value is missing before *"),
        ("a // 2", "column 4: a value is missing between / and /"),
        ("a == b", "column 4: a value is missing between = and ="),
        ("f()", "column 3: a value is missing between ( and )"),
        ("f(a,)", "column 5: a value is missing between , and )"),
        ("f(**a)", "column 3: a value is missing between ( and **"),
        ("z = a *\nb", "line 1, column 7: a value is missing after *"),
        ("(a", "column 1: ( is never closed"),
        ("a)", "column 2: ) closes no bracket"),
        ("(a; b)", "column 3: ; ends a statement, and cannot be inside brackets"),
        ("a = b = c", "column 7: = stands once in a statement, after the name of its result: z = a*b"),
        ("f(a=1)", "column 4: = stands once in a statement"),
        ("2 = a", "column 3: = stands once in a statement"),
        ("= a", "column 1: a value is missing before ="),
    ],
)
def test_what_is_missing_or_too_much_is_said_in_the_words_of_a_formula(text: str, said: str) -> None:
    assert said in complaint(text)


@pytest.mark.parametrize("given", [None, 1, 2.5, True, b"a", ["a"], {"a": 1}])
def test_what_is_no_text_is_refused(given: object) -> None:
    assert complaint(given) == f'an expression is a text like "L = (a*b + c) * tanh(d)"; given {given!r}'


@pytest.mark.parametrize("given", ["", " ", "\n\n", " ; ;\t"])
def test_an_empty_text_is_refused(given: str) -> None:
    assert complaint(given).startswith("the expression is empty")


def test_the_limits_are_named() -> None:
    said = [complaint("a" * (LONGEST + 1)), complaint("-" * MOST_TOKENS + "a"), complaint("(" * 51 + "a" + ")" * 51)]

    assert said == [
        "an expression has up to 2000 characters; given 2001",
        "an expression has up to 1500 numbers, names and signs; this one has 1501",
        "column 51: brackets are inside each other up to 50 deep",
    ]


def test_a_number_is_read_in_every_form_that_a_formula_has() -> None:
    assert [float(t) for t in texts("1 + 1. + .5 + 0 + 00 + 01.5 + 2e3 + 2.E-3")[::2]] == [
        *(1.0, 1.0, 0.5, 0.0, 0.0, 1.5, 2000.0, 0.002)
    ]
    assert re.fullmatch(r"\d", "２")  # why the tokens are ASCII by declaration
