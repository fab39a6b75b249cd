"""Answers as they are typed: decimals, fractions, powers of ten, a decimal comma, minus signs of all kinds."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

LONGEST = 40
_MINUS = str.maketrans(dict.fromkeys("−–—‒﹣－", "-"))
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile(r"^(.*?)(?:[·×x*]?\s*10\s*(?:\^|\*\*)?\s*\{?([+-]?[0-9]{1,3})\}?)$")
_RAISED_POWER = re.compile(r"^(.*?)[·×x*]?\s*10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)$")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Reading:
    """A number as it was typed.

    digits: significant digits that were written; none (0) of a fraction, which is as exact as can be.
    """

    number: float
    digits: int


def read_number(text: str) -> Reading | str:
    """The number that a text is, or why it is none.

    Accepts ``0.25``, ``,25``, ``1/4``, ``2.5e-1``, ``2,5·10^-1``, ``25×10⁻²``, ``−0.25``.
    """
    plain = text.strip().translate(_MINUS)
    if not plain:
        return "nothing was typed"
    if len(plain) > LONGEST:
        return f"a number has at most {LONGEST} characters"
    parts = plain.split("/")
    if len(parts) > 2:
        return "one fraction at a time, as 3/8"
    read = [_decimal(part.strip()) for part in parts]
    if any(isinstance(part, str) for part in read):
        return next(part for part in read if isinstance(part, str))
    above, *below = (part for part in read if not isinstance(part, str))
    return _fraction(above, below[0]) if below else _finite(above)


def _fraction(above: Decimal, below: Decimal) -> Reading | str:
    if not below:
        return "a fraction is not divided by 0"
    number = float(above) / float(below) if float(below) else math.inf
    return Reading(number, 0) if math.isfinite(number) else "that is too large"


def _finite(number: Decimal) -> Reading | str:
    value = float(number)
    return Reading(value, _digits(number)) if math.isfinite(value) else "that is too large"


def _digits(number: Decimal) -> int:
    return len(number.as_tuple().digits) if number else 1


def _decimal(text: str) -> Decimal | str:
    """One number without a fraction bar."""
    mantissa, exponent = _with_power(text)
    if "," in mantissa:
        if "." in mantissa or mantissa.count(",") > 1:
            return "write the number without separators between thousands"
        mantissa = mantissa.replace(",", ".")
    if not _DECIMAL.fullmatch(mantissa):
        return "this is no number: 0.25, 1/4, 2.5e-3 and 2,5 are"
    try:
        return Decimal(mantissa).scaleb(exponent)
    except InvalidOperation:
        return "that is too large"


def _with_power(text: str) -> tuple[str, int]:
    """What stands before a power of ten, and its exponent: `3·10^-2`, `10⁻²`."""
    raised = _RAISED_POWER.match(text)
    if raised:
        exponent = raised[2].translate(_RAISED)
        return (_mantissa(raised[1]), int(exponent)) if re.fullmatch(r"[+-]?[0-9]{1,3}", exponent) else (text, 0)
    found = _POWER.match(text) if re.search(r"10\s*(\^|\*\*)", text) else None
    return (_mantissa(found[1]), int(found[2])) if found else (text, 0)


def _mantissa(text: str) -> str:
    before = text.strip()
    return before + "1" if before in ("", "+", "-") else before
