"""Texts in a CSV file, which spreadsheets open: none of them is a formula there."""

from __future__ import annotations

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(text: str) -> str:
    """The text as it may stand in a cell: what begins like a formula has an apostrophe before it.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
