"""Friendly numbers: what is given and what is found are short decimals, so that nothing is rounded; by fractions."""

from __future__ import annotations

import math
from fractions import Fraction

from engine.explain.derivation import Derivation, derivation
from engine.foundation.errors import EngineError
from engine.ops.core.op import Index
from engine.practice.desk import Desk, Span

EXACT = 15  # digits that a number is looked at with: more than any short decimal has
DECIMALS = 10_000  # a short decimal is a whole number of these parts
LARGEST = 1000
MOST = 200  # numbers that a cell is made of


def is_friendly(desk: Desk, span: Span, index: Index) -> bool:
    """Whether a cell at the end of a span can be worked out by hand without rounding anywhere."""
    given = (float(desk[place.value][place.index]) for place in span.needs(index, desk.program, MOST))
    if any(short_decimal(number) is None for number in given):
        return False
    try:
        found = derivation(desk.run, desk.as_trace(span.steps), span.last.output, index)
    except EngineError:
        return False
    total = added_up(found)
    return total is not None and total == short_decimal(found.result)


def added_up(found: Derivation) -> Fraction | None:
    """The sum of the products of a derivation, without rounding; None where a factor is no short decimal."""
    total = Fraction(0)
    for term in found.terms:
        factors = [short_decimal(factor.number) for factor in term.factors]
        if term.rest or None in factors:
            return None
        total += math.prod((f for f in factors if f is not None), start=Fraction(1))
    return total


def short_decimal(number: float) -> Fraction | None:
    """The decimal that a number is written as, 0.1 being a tenth; None if it is long, or not finite."""
    if not abs(number) < LARGEST:
        return None
    written = Fraction(repr(float(number)))
    return written if DECIMALS % written.denominator == 0 else None
