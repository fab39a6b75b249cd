"""Which rows of a table go in, and which cell keeps each other one out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.data.reading.cells import cut
from engine.data.reading.column_read import LeftOut, Read, left_out
from engine.data.reading.dialect import WIDEST, Row, Sheet
from engine.data.reading.wishes import FEWEST, Wishes
from engine.foundation.errors import ConfigError


def mended(sheet: Sheet, mends: tuple[str, ...]) -> Sheet:
    """The sheet with other cells in the places that are named."""
    rows = list(sheet.rows)
    for mend in mends:
        number, at, text = (*mend.split(",", 2), "", "")[:3]
        row = int(number) if number.isdecimal() and len(number) < 9 else 0
        column = int(at) if at.isdecimal() and len(at) < 9 else WIDEST
        if not (1 <= row <= len(rows) and column < len(rows[row - 1].cells)):
            message = f"a mend is row, column from 0, text, as 47,2,51.6, of a cell that there is; given {mend[:40]!r}"
            raise ConfigError(message, "mend")
        cells = rows[row - 1].cells
        rows[row - 1] = replace(rows[row - 1], cells=(*cells[:column], text.strip(), *cells[column + 1 :]))
    return replace(sheet, rows=tuple(rows))


def of_width(row: Row, sheet: Sheet) -> LeftOut:
    reason = f"{len(row.cells)} cells, the table has {len(sheet.names)} columns"
    at = min(len(row.cells), len(sheet.names)) - 1
    return LeftOut(row.number, sheet.names[at], cut(row.cells[at]), row.cells, at, reason)


def gaps(
    rows: Sequence[Row], sheet: Sheet, reads: dict[str, Read], inputs: list[str], target: str, wishes: Wishes
) -> list[LeftOut]:
    """Rows that do not go in: unreadable cells first, then targets that are missing, then gaps."""
    unreadable: dict[int, LeftOut] = {}
    without: dict[int, LeftOut] = {}
    gaps: dict[int, LeftOut] = {}
    for name in (*inputs, target):
        read, at = reads[name], sheet.names.index(name)
        for i, row in enumerate(rows):
            if read.values[i] is not None:
                continue
            if i in read.unreadable:
                unreadable.setdefault(row.number, left_out(row, name, at, read.unreadable[i]))
            elif name == target:
                without.setdefault(row.number, left_out(row, name, at, "empty: without a target it cannot train"))
            elif wishes.gaps == "leave_out" or read.kind != "number":
                gaps.setdefault(row.number, left_out(row, name, at, "empty"))
    found = gaps | without | unreadable
    order = {number: (0 if number in unreadable else 1 if number in without else 2, number) for number in found}
    return [found[number] for number in sorted(found, key=order.__getitem__)]


def nothing_left(left: Sequence[LeftOut], sheet: Sheet) -> str:
    first = left[0]
    kept = len(sheet.rows) - len({item.row for item in left})
    return (
        f"{kept} of {len(sheet.rows)} rows are left, a run needs {FEWEST}; row {first.row}, column {first.column}: "
        f"{first.reason}. Leave that column out, fill gaps with the median, or choose another target"
    )
