"""The text of an expression, looked at token by token before anything reads it as a whole.

What gets past this has only numbers, names and a handful of signs in it, each where a formula can have it, and is
short: so `ast` can be given it without fear, and what is wrong is told in the words of a formula instead of those of
a programming language.
"""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from engine.expressions.functions import BASES, FUNCTIONS
from engine.foundation.errors import ConfigError
from engine.foundation.options import shown

LONGEST = 2000  # characters
MOST_TOKENS = 1500  # of 500 operations with their values and brackets
MOST_BRACKETS = 50  # inside each other
LONGEST_NAME = 30
PATH = "expression"
AROUND = " \t\n;"  # says nothing before and after an expression
EXAMPLE = "L = (a*b + c) * tanh(d)"

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<open>\()|(?P<close>\))"
    r"|(?P<sign>\*\*|[-+*/])|(?P<equals>=)|(?P<comma>,)|(?P<end>[;\n])|(?P<space>[ \t]+|#[^\n]*)",
    re.ASCII,
)
_HINTS = {
    "^": "a power is written **",
    "×": "a product is written *",
    "·": "a product is written *",
    "−": "minus is written -",
    "÷": "a quotient is written /",
    "[": "brackets are round",
    "]": "brackets are round",
    "{": "brackets are round",
    "}": "brackets are round",
}
_ENDS_A_VALUE, _STARTS_A_VALUE = ("number", "name", "close"), ("number", "name", "open")


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a name or a sign, and where in the text it starts."""

    kind: str
    text: str
    start: int


# --- the text and places in it --------------------------------------------------------------------------------------


def tidy(given: object) -> str:
    """The text as it is kept: lines end in one character, and there is nothing before or after.

    Raises: ConfigError if it is no text, empty, or too long.
    """
    if not isinstance(given, str):
        raise ConfigError(f'an expression is a text like "{EXAMPLE}"; given {shown(given)}', PATH)
    if len(given) > LONGEST:
        raise ConfigError(f"an expression has up to {LONGEST} characters; given {len(given)}", PATH)
    text = typed(given).strip(AROUND)
    if not text:
        raise ConfigError(f'the expression is empty; write one like "{EXAMPLE}"', PATH)
    return text


def place(text: str, at: int) -> str:
    """A position in words: `column 5`, and with its line where there are several."""
    line, column = text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
    return f"line {line}, column {column}" if "\n" in text else f"column {column}"


class PlacedError(ConfigError):
    """What is wrong, and at which position."""

    def __init__(self, text: str, at: int, what: str) -> None:
        super().__init__(f"{place(text, at)}: {what}", PATH)
        self.at, self.what = at, what


def wrong(text: str, at: int, what: str) -> PlacedError:
    """The error that something at a position is."""
    return PlacedError(text, at, what)


def typed(given: str) -> str:
    """The text with one character at the end of a line."""
    return given.replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def within(whole: str, begin: int) -> Iterator[None]:
    """Places of errors in a part of a text count from the beginning of the whole."""
    try:
        yield
    except PlacedError as error:
        raise wrong(whole, begin + error.at, error.what) from None


# --- tokens ---------------------------------------------------------------------------------------------------------


def scan(text: str) -> tuple[Token, ...]:
    """The tokens of a tidy text: no spaces, and one `end` between two statements.

    Raises: ConfigError for a character, name, number, bracket or neighbourhood that no formula has.
    """
    raw = tuple(_tokens(text))
    if len(raw) > MOST_TOKENS:
        raise ConfigError(
            f"an expression has up to {MOST_TOKENS} numbers, names and signs; this one has {len(raw)}", PATH
        )
    _check_brackets(text, raw)
    tokens = _without_last_end(tuple(_single_ends(_outside_brackets(text, raw))))
    if not tokens:
        raise ConfigError(f'the expression is empty; write one like "{EXAMPLE}"', PATH)
    _check_order(text, tokens)
    _check_equals(text, tokens)
    return tokens


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise wrong(text, at, _stranger(text[at]))
        if match.lastgroup != "space":
            yield _checked(text, Token(str(match.lastgroup), match[0], at))
        at = match.end()


def _stranger(sign: str) -> str:
    """What to say of a character that no formula has: one that only looks like another is called by its name."""
    name = unicodedata.name(sign, "").lower() if ord(sign) > 127 else ""
    hint = _HINTS.get(sign, "allowed are numbers, names, + - * / ** = , ; and round brackets")
    if name.startswith("greek"):
        hint = "a Greek letter is written as a word, like alpha"
    return f"{sign!r}{f' ({name})' if name else ''} is not allowed; {hint}"


def _checked(text: str, token: Token) -> Token:
    problem = _PROBLEMS[token.kind](token.text) if token.kind in _PROBLEMS else ""
    if problem:
        raise wrong(text, token.start, f"{shown(token.text)} cannot be a {token.kind}: {problem}")
    return token


def name_problem(name: str) -> str:
    """Why a text cannot be the name of a value; nothing if it can."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name.endswith("_"):
        return "a name is a letter, then letters, digits and _, and does not end in _"
    if "__" in name:
        return "a name has no two _ beside each other"
    if keyword.iskeyword(name):
        return "it is a word of the Python language; take another" + (", like lam" if name == "lambda" else "")
    return f"a name has up to {LONGEST_NAME} characters" if len(name) > LONGEST_NAME else ""


def _number_problem(number: str) -> str:
    if re.fullmatch(r"0+[1-9]\d*", number):
        return "a whole number does not begin with 0"
    return "" if math.isfinite(float(number)) else "the largest is about 1.8e308"


_PROBLEMS = {"name": name_problem, "number": _number_problem}


# --- brackets and ends ----------------------------------------------------------------------------------------------


def _check_brackets(text: str, tokens: Iterable[Token]) -> None:
    opened: list[Token] = []
    for token in tokens:
        if token.kind == "open":
            opened.append(token)
        elif token.kind == "close" and not opened:
            raise wrong(text, token.start, ") closes no bracket")
        elif token.kind == "close":
            opened.pop()
        if len(opened) > MOST_BRACKETS:
            raise wrong(text, token.start, f"brackets are inside each other up to {MOST_BRACKETS} deep")
    if opened:
        raise wrong(text, opened[-1].start, "( is never closed")


def _outside_brackets(text: str, tokens: Iterable[Token]) -> Iterator[Token]:
    """The tokens without the line ends inside brackets: there a formula goes on."""
    depth = 0
    for token in tokens:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth and token.text == ";":
            raise wrong(text, token.start, "; ends a statement, and cannot be inside brackets")
        if not (depth and token.kind == "end"):
            yield token


def _single_ends(tokens: Iterable[Token]) -> Iterator[Token]:
    before = "end"
    for token in tokens:
        if token.kind != "end" or before != "end":
            yield token
        before = token.kind


def _without_last_end(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """A comment may come after the last statement."""
    return tokens[:-1] if tokens and tokens[-1].kind == "end" else tokens


# --- what may stand beside what -------------------------------------------------------------------------------------


def _check_order(text: str, tokens: tuple[Token, ...]) -> None:
    first, last = Token("end", "", 0), Token("end", "", len(text))
    for left, right in pairwise((first, *tokens, last)):
        starts = right.kind in _STARTS_A_VALUE
        call = left.kind == "name" and right.kind == "open"
        if left.kind in _ENDS_A_VALUE and starts and not call:
            raise wrong(text, right.start, _gap(left, right))
        if left.kind not in _ENDS_A_VALUE and not starts and right.text not in ("+", "-"):
            raise _no_value(text, left, right)


def _gap(left: Token, right: Token) -> str:
    """What is missing between two values; a name before one that is not in brackets may be meant as a function."""
    if left.kind == "name" and (left.text in FUNCTIONS or left.text in BASES):
        return f"a function needs brackets: {left.text}({right.text})"
    return f"something is missing between {left.text} and {right.text}; a product needs *"


def _no_value(text: str, left: Token, right: Token) -> ConfigError:
    before, after = (token.text if token.kind != "end" else "" for token in (left, right))
    where = f"between {before} and {after}" if before and after else f"after {before}" if before else f"before {after}"
    return wrong(text, right.start if after else left.start, f"a value is missing {where}")


def _check_equals(text: str, tokens: tuple[Token, ...]) -> None:
    """`=` is the second token of a statement, and the first is a name."""
    for i, token in enumerate(tokens):
        begins = i == 1 or (i > 1 and tokens[i - 2].kind == "end")
        if token.kind == "equals" and not (begins and tokens[i - 1].kind == "name"):
            raise wrong(text, token.start, "= stands once in a statement, after the name of its result: z = a*b")


def one_line(text: str, tokens: Iterable[Token]) -> str:
    """The tokens as one line of statements, every one where it was in the text."""
    line = [" "] * len(text)
    for token in tokens:
        line[token.start : token.start + len(token.text)] = ";" if token.kind == "end" else token.text
    return "".join(line)
