"""Formulas of cells and chains, in symbols and in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from engine.explain.derivation import Chain, Derivation, NamedTerm
from engine.foundation.numbers import latex_number

SHOWN = 5  # terms written out in a formula


# --- formulas --------------------------------------------------------------------------------------------------


def cell_formula(found: Derivation) -> str:
    """The cell as a sum of products, in symbols."""
    if found.step is None:
        return found.symbol
    return f"{found.symbol} = {_sum([_symbols(t) for t in _written(found)], found)}"


def cell_numbers(found: Derivation) -> str:
    """The same line with the current numbers, and the result."""
    result = latex_number(found.result)
    if found.step is None:
        return f"{found.symbol} = {result}"
    parts = [_numbers(t, found.terms_total == 1) for t in _written(found)]
    same = _sum(parts, found) == result
    return f"{found.symbol} = {_sum(parts, found)}" + ("" if same else f" = {result}")


def chain_formula(chain: Chain) -> str:
    """The chain rule of one sample in symbols."""
    return f"{chain.symbol} = {_times(_separate([f.symbol for f in chain.factors]))}"


def chain_numbers(chain: Chain) -> str:
    """The chain rule of one sample with the current numbers."""
    factors = [latex_number(f.number) for f in chain.factors]
    return f"{chain.symbol} = {_times(_separate(factors))} = {latex_number(chain.product)}"


def _written(found: Derivation) -> Sequence[NamedTerm]:
    own = [term for term in found.terms if not term.rest]
    return own if len(own) <= SHOWN + 1 else own[:SHOWN]


def _told(found: Derivation) -> int:
    """How many terms there are to write: those that are 0 where they stay as the formula has them."""
    return max(len(found.terms), found.counts.up + found.counts.down)


def _sum(parts: list[str], found: Derivation) -> str:
    more = r" + \cdots" if len(parts) < _told(found) else ""
    folded = found.counts.still - sum(term.product == 0 for term in found.terms) > 0
    text = " + ".join(parts)
    return (text.replace("+ -", "- ") + more + " + 0" * folded) if text else "0"


def _symbols(term: NamedTerm) -> str:
    return _product(term, [f.symbol for f in term.factors])


def _numbers(term: NamedTerm, alone: bool) -> str:
    """A product's numbers; if it is the only one, functions show the number that they are of."""
    return _product(term, [f.numeric if alone else latex_number(f.number) for f in term.factors])


def _product(term: NamedTerm, texts: list[str]) -> str:
    """A constant of -1 in front is a sign."""
    first, parts = term.factors[0], _separate(texts)
    signed = len(parts) > 1 and first.value is None and first.symbol == "-1"
    return "-" + _times(parts[1:]) if signed else _times(parts)


def _times(parts: list[str]) -> str:
    return r" \cdot ".join(parts)


def _separate(parts: list[str]) -> list[str]:
    """Factors that can stand beside each other: sums, and signs that are not in front, in brackets."""
    if len(parts) == 1:
        return parts
    return [_bracketed(p) if _is_sum(p) or (i and p.startswith("-")) else p for i, p in enumerate(parts)]


def _is_sum(latex: str) -> bool:
    depth = 0
    for i, character in enumerate(latex):
        depth += (character in "{([") - (character in "})]")
        depth += latex.startswith(r"\left|", i) - latex.startswith(r"\right|", i)
        if not depth and latex[i : i + 3] in (" - ", " + "):
            return True
    return False


def _bracketed(text: str) -> str:
    return rf"\left({text}\right)"
