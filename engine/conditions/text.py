"""The text of a condition, token by token, made into a line that Python's grammar can read.

A value's name has dots and numbers in it (``dense1.a.grad.2``), `crosses` and `for` are words of ours: a name becomes
an identifier of the same length, `crosses` becomes `in`, and everything stays in its column. What gets past this has
only numbers, names and a handful of signs in it, and is short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.foundation.errors import ConditionError
from engine.foundation.options import shown

LONGEST = 500  # characters
DEEPEST = 20  # brackets, and parts, inside each other
WORDS = ("and", "or", "not", "crosses", "for")
EXAMPLE = "norm(dense1.weight.grad) < 1e-4"

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*(?:\.\w+)*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|[-+*/<>@(),\[\]])|(?P<space>[ \t]+)",
    re.ASCII,
)
_HINTS = {
    "=": "equal is written ==",
    "^": "a power is written **",
    "&": "both is written and",
    "|": "one of both is written or",
    "!": "the opposite is written not",
    "≤": "at most is written <=",
    "≥": "at least is written >=",
    "≠": "unequal is written !=",
    "−": "minus is written -",
    "×": "a product is written *",
    "·": "a product is written *",
    "∞": "infinity is written inf",
    "π": "pi is written pi",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A text and where it came from, for messages: `path` is the field that it was given in."""

    text: str
    path: str

    def wrong(self, at: int, what: str) -> ConditionError:
        """The error that something in a column is."""
        return ConditionError(f"column {at + 1}: {what}", self.path)


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a name, a word or a sign, and where in the text it starts."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Line:
    """What Python's grammar is given: names by where they stand, and how long the condition has to hold."""

    code: str
    names: dict[int, str]
    lasting: int | None


def source_of(given: object, path: str) -> Source:
    """The text, if it is one and short enough.

    Raises: ConditionError.
    """
    if not isinstance(given, str) or not given.strip():
        raise ConditionError(f"column 1: write a measure or a condition like {EXAMPLE}; given {shown(given)}", path)
    source = Source(given, path)
    if len(given) > LONGEST:
        raise source.wrong(LONGEST, f"a condition has up to {LONGEST} characters; given {len(given)}")
    return source


def line_of(source: Source) -> Line:
    """The text for Python's grammar.

    Raises: ConditionError with the column of a character that no condition has, or of a `for` that does not end it.
    """
    tokens, lasting = _without_end(source, tuple(_tokens(source)))
    _check_brackets(source, tokens)
    if not tokens:
        raise source.wrong(0, "for says how long a condition has to hold; the condition is missing before it")
    code, names = [" "] * len(source.text), {}
    for token, after in zip(tokens, (*tokens[1:], None), strict=True):
        called = after is not None and after.text == "("
        if token.kind == "name" and (not called or "." in token.text):
            names[token.start] = token.text
        code[token.start : token.start + len(token.text)] = _coded(token, token.start in names)
    return Line("".join(code), names, lasting)


def _check_brackets(source: Source, tokens: Sequence[Token]) -> None:
    open_at: list[int] = []
    for token in tokens:
        if token.text == "(":
            open_at.append(token.start)
        elif token.text == ")" and not open_at:
            raise source.wrong(token.start, "this bracket closes none; leave it out, or open one before it")
        elif token.text == ")":
            open_at.pop()
        if len(open_at) > DEEPEST:
            raise source.wrong(token.start, f"brackets are inside each other up to {DEEPEST} deep")
    if open_at:
        raise source.wrong(open_at[-1], "this bracket is not closed; write the ) that belongs to it")


def _coded(token: Token, is_name: bool) -> str:
    """The same number of characters."""
    if is_name:
        return "_" * len(token.text)
    return f"{'in':7}" if token.text == "crosses" else token.text


def _tokens(source: Source) -> Iterator[Token]:
    at = 0
    while at < len(source.text):
        match = _TOKEN.match(source.text, at)
        if match is None:
            sign = source.text[at]
            allowed = "allowed are numbers, names of values, + - * / ** < <= > >= == !=, and, or, not and brackets"
            raise source.wrong(at, f"{sign!r} is not allowed; {_HINTS.get(sign, allowed)}")
        if match.lastgroup != "space":
            yield Token("word" if match[0] in WORDS else str(match.lastgroup), match[0], at)
        at = match.end()


def _without_end(source: Source, tokens: Sequence[Token]) -> tuple[Sequence[Token], int | None]:
    """The tokens before `for n`, and n."""
    ends = [i for i, token in enumerate(tokens) if token.text == "for"]
    if not ends:
        return tokens, None
    (first, *others), remedy = ends, "for stands once, at the end, with a number of iterations: loss < 0.1 for 5"
    after = tokens[first + 1 :]
    if others or len(after) != 1 or not re.fullmatch(r"[1-9]\d{0,6}", after[0].text):
        raise source.wrong(tokens[first].start, remedy)
    return tokens[:first], int(after[0].text)
