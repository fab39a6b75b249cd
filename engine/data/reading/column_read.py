"""A column while its table is read: the value of every cell, and what was read differently from how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.data.reading.cells import cut, is_missing, number, why_not
from engine.data.reading.columns import Column, Kind, category_bars, number_bars
from engine.data.reading.dialect import DECIMALS, Row, Sheet


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that does not go in, for one cell; or a cell that does and was read differently from how it is written."""

    row: int
    column: str
    text: str
    cells: tuple[str, ...]
    at: int
    reason: str


@dataclass(slots=True)
class Read:
    """A column while the table is read: of each row its number or text, None where there is none."""

    name: str
    kind: Kind
    cells: list[str]
    values: list[Any]
    notes: dict[int, str]  # what was read differently, by place
    unreadable: dict[int, str]


def read_column(name: str, kind: Kind, cells: list[str], sheet: Sheet) -> Read:
    read = Read(name, kind, cells, [], {}, {})
    for i, cell in enumerate(cells):
        read.values.append(None if is_missing(cell) else _value(read, i, cell, DECIMALS[sheet.decimal]))
    return read


def _value(read: Read, i: int, cell: str, decimal: str) -> float | str | None:
    if read.kind != "number":
        return cell
    found = number(cell, decimal)
    if found is None:
        read.unreadable[i] = why_not(cell)
        return None
    if found.note:
        read.notes[i] = found.note
    return found.value


def left_out(row: Row, name: str, at: int, reason: str) -> LeftOut:
    said = f"{reason} ({row.cells[at]})" if reason == "empty" and row.cells[at] else reason
    return LeftOut(row.number, name, cut(row.cells[at]), tuple(map(cut, row.cells)), at, said)


def column_of(read: Read, role: Any, why: str, labels: list[int], count: int, drawn: bool) -> Column:
    known = [value for value in read.values if value is not None]
    numbers = np.array([value for value in known if isinstance(value, float)])
    of_numbers = read.kind == "number" and len(numbers) > 0
    bars = (number_bars if read.kind == "number" else category_bars)(read.values, labels, count) if drawn else ()
    return Column(
        name=read.name,
        kind=read.kind,
        role=role,
        why=why,
        missing=len(read.values) - len(known) - len(read.unreadable),
        unreadable=len(read.unreadable),
        distinct=len(set(known)),
        examples=tuple(cut(str(value)) for value in dict.fromkeys(known[:200]))[:4] if not of_numbers else (),
        least=float(numbers.min()) if of_numbers else None,
        most=float(numbers.max()) if of_numbers else None,
        mean=float(numbers.mean()) if of_numbers else None,
        median=float(np.median(numbers)) if of_numbers else None,
        bars=bars if read.kind in ("number", "category") else (),
    )


def changed(
    reads: dict[str, Read], names: Sequence[str], sheet: Sheet, rows: Sequence[Row], kept: set[int]
) -> list[LeftOut]:
    """The first cell of each column and way of reading it, with how many there are."""
    return [item for name in names for item in _changed_in(reads[name], sheet, rows, kept)]


def _changed_in(read: Read, sheet: Sheet, rows: Sequence[Row], kept: set[int]) -> list[LeftOut]:
    ways = dict[str, list[int]]()
    for i, note in read.notes.items():
        if i in kept:
            ways.setdefault(note, []).append(i)
    at = sheet.names.index(read.name)
    return [
        left_out(rows[places[0]], read.name, at, _said(note, read.values[places[0]], len(places)))
        for note, places in ways.items()
    ]


def _said(note: str, value: float, count: int) -> str:
    first = f"kept, read as {value:.15g}: {note}"
    return first if count == 1 else f"{first}; {count} cells of this column are read so"
