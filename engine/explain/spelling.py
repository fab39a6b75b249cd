r"""Products of numbers in LaTeX: letters may stand side by side, ``2\, x``, numbers may not: 2 · 5, never 2 5.

A formula is read from left to right; of what stands before, it is enough to know whether it ends as a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Ends = Literal["", "number", "bracket", "letter"]
_TOKEN = re.compile(r"\\left.|\\right.|\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|.", re.DOTALL)
_FRACTIONS = (r"\frac", r"\tfrac", r"\dfrac")
_NAMES = (r"\mathrm", r"\operatorname", r"\text", r"\mathbf", r"\begin", r"\end")  # what follows in braces is a word
_GAPS = (" ", r"\,", r"\;", r"\:", r"\ ", "~")
_TWICE = re.compile(r"\\left([(|])\\left\((-[^()]*)\\right\)\\right([)|])")
_DOT = r" \cdot "


def legible(latex: str) -> str:
    """A formula that numbers were put into: no brackets twice, and a dot between factors that would run together."""
    reader = _Reader([], "", False)
    reader.read(_TOKEN.findall(_TWICE.sub(r"\\left\1\2\\right\3", latex)))
    return "".join(reader.written)


@dataclass(slots=True)
class _Reader:
    """What was written, how it ends, and whether there is a gap behind it."""

    written: list[str]
    ends: Ends
    gap: bool

    def read(self, tokens: list[str]) -> None:
        """Writes tokens down, with a dot where two of them would run together."""
        at = 0
        while at < len(tokens):
            at += self._take(tokens, at)

    def _take(self, tokens: list[str], at: int) -> int:
        """Writes down one token with all that belongs to it: how many tokens these are."""
        token = tokens[at]
        if token in _GAPS:
            self.written.append(token)
            self.gap = True
            return 1
        if token in ("^", "_"):
            return self._script(tokens, at)
        if token in _FRACTIONS:
            return self._fraction(tokens, at)
        if token in _NAMES:
            return self._word(tokens, at)
        if token == "{":
            inner = _group(tokens, at)
            self._write("{", self.ends)
            self.gap = self.gap or self.ends == "number"
            self.read(inner)
            self._write("}", self.ends)
            return len(inner) + 2
        self._one(token, tokens[at + 1 : at + 2])
        return 1

    def _one(self, token: str, after: list[str]) -> None:
        is_number = token[0].isdigit() or token == r"\infty"
        if is_number or (token == r"\left(" and after == ["-"]):
            self._apart(("number", "bracket", "letter"))
        self._write(token, _end_of(token, is_number))
        self.gap = False

    def _script(self, tokens: list[str], at: int) -> int:
        """An index or a power: what it stands on ends as it did."""
        inner = _group(tokens, at + 1) if tokens[at + 1] == "{" else tokens[at + 1 : at + 2]
        taken = len(inner) + (3 if tokens[at + 1] == "{" else 1)
        of = _Reader([], "", False)
        of.read(inner)
        text = "".join(of.written)
        self.written.append(tokens[at] + (f"{{{text}}}" if tokens[at + 1] == "{" else text))
        self.gap = False
        return taken

    def _fraction(self, tokens: list[str], at: int) -> int:
        self._apart(("number",))
        self.written.append(tokens[at])
        taken = 1
        for _ in range(2):
            taken += self._part(tokens, at + taken)
        self.ends, self.gap = "number", False
        return taken

    def _word(self, tokens: list[str], at: int) -> int:
        inner = _group(tokens, at + 1)
        self.written += [tokens[at], "{", *inner, "}"]
        self.ends, self.gap = "", False
        return len(inner) + 3

    def _part(self, tokens: list[str], at: int) -> int:
        """The numerator or the denominator, on its own."""
        if tokens[at] != "{":
            self.written.append(tokens[at])
            return 1
        inner = _group(tokens, at)
        of = _Reader([], "", False)
        of.read(inner)
        self.written += ["{", *of.written, "}"]
        return len(inner) + 2

    def _apart(self, from_: tuple[Ends, ...]) -> None:
        """Puts a dot where there is only a gap between this and what came before."""
        if not (self.gap and self.ends in from_):
            return
        opened = len(self.written)
        while opened and self.written[opened - 1] == "{":
            opened -= 1
        start = opened
        while start and self.written[start - 1] in _GAPS:
            start -= 1
        self.written[start:opened] = [_DOT]

    def _write(self, token: str, ends: Ends) -> None:
        self.written.append(token)
        self.ends = ends


def _end_of(token: str, is_number: bool) -> Ends:
    if is_number:
        return "number"
    if token.startswith(r"\right") or token == ")":
        return "bracket"
    return "letter" if token.isalpha() else ""


def _group(tokens: list[str], at: int) -> list[str]:
    """What stands between this brace and the one that closes it."""
    depth = 0
    for end in range(at, len(tokens)):
        depth += (tokens[end] == "{") - (tokens[end] == "}")
        if not depth:
            return tokens[at + 1 : end]
    return tokens[at + 1 :]
