"""What one cell says: a number as people write them, nothing, or something else."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "--", ".", "missing"))  # in lower case
LONGEST = 60  # characters of a cell that a sentence repeats

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"),
    ",": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
}
_BETWEEN = "['\N{RIGHT SINGLE QUOTATION MARK} \N{NARROW NO-BREAK SPACE}]"
_SPACED = re.compile(rf"[+-]?\d{{1,3}}(?:({_BETWEEN})\d{{3}})(?:\1\d{{3}})*(?:[.,]\d*)?")
_ENDLESS = re.compile(r"[+-]?(?:inf|infinity|\N{INFINITY})", re.IGNORECASE)
_UNIT = re.compile(r"(?<=\d)\s*%$|^[$€£¥](?=\d)|(?<=\d)\s*[€£¥]$")  # which a number may have on one side
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_OF_NUMBERS = set("0123456789+-.,eE")


@dataclass(frozen=True, slots=True)
class Number:
    """A cell read as a number; `note` says what was read differently from how it is written, else it is empty."""

    value: float
    note: str = ""


def is_missing(cell: str) -> bool:
    """Whether a cell says nothing."""
    return cell.strip().lower() in MISSING


def is_date(cell: str) -> bool:
    """Whether a cell is a day."""
    return _DATE.fullmatch(cell.strip()) is not None


def number(cell: str, decimal: str) -> Number | None:
    """The number in a cell; None if there is none.

    decimal: the mark that the table has, `.` or `,`. The other mark between groups of three digits is left out, and
    where it cannot stand between groups it is taken for the decimal mark too; both are noted.
    """
    text = cell.strip().replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", "")
    unit = _UNIT.search(text)
    if unit is not None:
        bare = number(text.replace(unit[0], "", 1), decimal)
        notes = [f"without its {unit[0].strip()}", *([bare.note] if bare and bare.note else [])]
        return None if bare is None else Number(bare.value, ", ".join(notes))
    spaced = _SPACED.fullmatch(text)
    if spaced is not None:
        bare = number(text.replace(spaced[1], ""), decimal)
        mark = "space" if spaced[1].isspace() else "apostrophe"
        return None if bare is None else Number(bare.value, f"without its {mark} between thousands")
    other = "," if decimal == "." else "."
    if _GROUPED[decimal].fullmatch(text):
        return _finite(text.replace(other, "").replace(",", "."), f"without its {_MARKS[other]} between thousands")
    plain = text.replace(",", ".") if decimal == "," else text
    if _NUMBER.fullmatch(plain) and (decimal == "." or "." not in text):
        return _finite(plain, "")
    swapped = text.replace(",", ".")
    if text.count(other) == 1 and decimal not in text and _NUMBER.fullmatch(swapped):
        return _finite(swapped, f"its {_MARKS[other]} is taken for the decimal mark")
    if other in text and _GROUPED[other].fullmatch(text):  # 1.234,5 in a table with points
        note = f"without its {_MARKS[decimal]} between thousands, its {_MARKS[other]} is taken for the decimal mark"
        return _finite(text.replace(decimal, "").replace(",", "."), note)
    return None


_MARKS = {".": "point", ",": "comma"}


def _finite(text: str, note: str) -> Number | None:
    value = float(text)
    return Number(value + 0.0, note) if math.isfinite(value) else None


def is_endless(cell: str) -> bool:
    """Whether a cell says a number that is none to compute with: infinity, or one beyond the largest."""
    text = cell.strip().replace("\N{MINUS SIGN}", "-")
    return _ENDLESS.fullmatch(text) is not None or (
        _NUMBER.fullmatch(text) is not None and not math.isfinite(float(text))
    )


def why_not(cell: str) -> str:
    """What keeps a cell from being a number: the first character that no number can have."""
    text = cell.strip()
    if is_endless(text):
        return "not a finite number: write one, or leave the cell empty"
    for place, character in enumerate(text, 1):
        if character not in _OF_NUMBERS:
            what = "letter" if character.isalpha() else "character"
            return f"not a number: {what} {character} at place {place}"
    return "not a number"


def cut(text: str) -> str:
    """A text at a length that fits a list."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
