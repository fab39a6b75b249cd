"""How a table is written: what stands between cells, whether the first line has names, which decimal mark."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.reading.cells import is_missing, number
from engine.foundation.errors import ConfigError

SEPARATORS = {"tab": "\t", "semicolon": ";", "bar": "|", "comma": ",", "space": " "}
DECIMALS = {"point": ".", "comma": ","}
EMPTY = "there is nothing in it: a table has a line of names, and under it a row for every sample"
LOOKED_AT = 200  # rows that the guesses look at
AGREEING = 0.9  # the share of rows of one width that makes a separator likely
WIDEST = 10_000  # columns
_TOLD = re.compile(r"sep=([\t;|,])\r?\n", re.IGNORECASE)
_RULE = re.compile(r"[\s|:+=-]*-[\s|:+=-]*")  # the line under the names of a table in Markdown


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, from 1 under the line of names; its text there; its cells."""

    number: int
    text: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as cells. readings: the separators that would do as well, each with the first line read by it."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    separator: str
    decimal: str
    header: bool
    readings: tuple[tuple[str, tuple[str, ...]], ...]


_Record = tuple[str, list[str]]  # text and cells


def sheet_of(text: str, separator: str | None = None, decimal: str | None = None, header: bool | None = None) -> Sheet:
    """A table's text as cells. What is not said is guessed from the first rows.

    Raises: ConfigError if it holds no row, one column only, or a quote that is not closed, with the row.
    """
    told = _TOLD.match(text)
    if told is not None:  # as Excel writes and reads it
        text, separator = text[told.end() :], separator or {mark: name for name, mark in SEPARATORS.items()}[told[1]]
    if text.lstrip()[:1] == "<":
        raise ConfigError("this is HTML: copy the table itself from the page, or save it as CSV", "body")
    if separator is None and text.lstrip()[:1] in ("{", "["):
        return _of_objects(text, decimal)
    likely = {} if separator else _likely(text)
    chosen = separator or next(iter(likely), "comma")
    records = list(_records(text, chosen))
    if not records:
        raise ConfigError(EMPTY, "body")
    if len(records[0][1]) < 2:
        others = ", ".join(SEPARATORS)
        message = f"there is one column only, with {chosen} between cells; separator is one of {others}"
        raise ConfigError(message, "separator" if separator else "body")
    if len(records[0][1]) > WIDEST:
        raise ConfigError(f"a table has at most {WIDEST} columns; this one has {len(records[0][1])}", "body")
    marks = decimal or _decimal(records)
    named = _has_names(records, DECIMALS[marks]) if header is None else header
    names = _names(records[0][1]) if named else _counted(_width(records))
    rows = _numbered(records[1:] if named else records)
    if not rows:
        message = f"there are names of columns ({_few(names)}) and no row under them; add a row for every sample"
        raise ConfigError(message, "body")
    readings = tuple((name, tuple(first)) for name, first in likely.items()) if len(likely) > 1 else ()
    return Sheet(names, rows, chosen, marks, named, readings)


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown}, …"


def _numbered(records: Sequence[_Record]) -> tuple[Row, ...]:
    return tuple(Row(i, text, tuple(cells)) for i, (text, cells) in enumerate(records, 1))


def _likely(text: str) -> dict[str, list[str]]:
    """Separators by which nearly all rows have one width, and what the first line is by each; the likeliest first."""
    found: dict[str, list[str]] = {}
    for name in SEPARATORS:
        if name == "space" and found:
            continue
        widths, first = _widths(text, name)
        most, count = widths.most_common(1)[0] if widths else (0, 0)
        if most > 1 and count >= AGREEING * widths.total() and len(first) == most:
            found[name] = first
    return found


def _widths(text: str, name: str) -> tuple[Counter[int], list[str]]:
    looked: list[list[str]] = []
    try:
        for _, cells in _records(text, name):
            looked.append(cells)
            if len(looked) == LOOKED_AT:
                break
    except ConfigError:
        return Counter(), []
    return Counter(map(len, looked)), looked[0] if looked else []


def _records(text: str, separator: str) -> Iterator[_Record]:
    lines = [line + "\n" for line in re.split(r"\r\n|\n|\r", text)]
    if separator in ("bar", "space"):
        yield from _simple(lines, separator)
        return
    reader = csv.reader(lines, delimiter=SEPARATORS[separator], skipinitialspace=True, strict=True)
    count = 0
    while True:
        start = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _quote(error, start, lines[start]) from None
        raw = "".join(lines[start : reader.line_num]).rstrip("\n")
        if raw.strip() and not (count == 0 and raw.startswith("#")):
            count += 1
            yield raw, [cell.strip() for cell in cells]


def _simple(lines: Sequence[str], separator: str) -> Iterator[_Record]:
    """Without quotes: bars with or without one at the ends of a line, or any run of spaces."""
    for line in lines:
        raw = line.strip()
        if not raw or raw.startswith("#") or _RULE.fullmatch(raw):
            continue
        yield raw, raw.split() if separator == "space" else [cell.strip() for cell in raw.strip("|").split("|")]


def _quote(error: csv.Error, start: int, line: str) -> ConfigError:
    what = "a cell is too long" if "field larger" in str(error) else "a quote is opened and not closed where it should"
    shown = line.strip()[:60]
    return ConfigError(f'line {start + 1}: {what}: {shown}; write a quote inside a cell twice, ""', "body")


def _width(records: Sequence[_Record]) -> int:
    return Counter(len(cells) for _, cells in records[:LOOKED_AT]).most_common(1)[0][0]


def _decimal(records: Sequence[_Record]) -> str:
    """The mark that more cells have inside a number, the point if none has."""
    cells = [cell for _, row in records[:LOOKED_AT] for cell in row]
    commas = sum(re.fullmatch(r"[+-]?\d+,\d+", cell) is not None for cell in cells)
    points = sum(re.fullmatch(r"[+-]?\d*\.\d+", cell) is not None for cell in cells)
    return "comma" if commas > points else "point"


def _has_names(records: Sequence[_Record], decimal: str) -> bool:
    """Whether the first line has no number where the rows below have some; among texts, whether none comes again."""
    first, *others = (cells for _, cells in records[:LOOKED_AT])
    if any(number(cell, decimal) for cell in first):
        return False
    if any(number(cell, decimal) for row in others for cell in row):
        return True
    return not any(cell in {row[i] for row in others if i < len(row)} for i, cell in enumerate(first))


def _names(given: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, all different, none empty."""
    seen: Counter[str] = Counter()
    found = []
    for i, name in enumerate(given, 1):
        base = name if not is_missing(name) or name == "-" else f"column {i}"
        seen[base] += 1
        found.append(base if seen[base] == 1 else f"{base} ({seen[base]})")
    return tuple(found) if len(set(found)) == len(found) else _counted(len(given))


def _counted(count: int) -> tuple[str, ...]:
    return tuple(f"x{i}" for i in range(1, count + 1))


# --- JSON lines ------------------------------------------------------------------------------------------------------


def _of_objects(text: str, decimal: str | None) -> Sheet:
    """One object a line, or one list of objects."""
    objects = _objects(text)
    if not objects:
        raise ConfigError(EMPTY, "body")
    names = tuple(dict.fromkeys(name for item in objects for name in item))
    if len(names) < 2:
        raise ConfigError("each line is an object with at least two fields", "body")
    rows = tuple(
        Row(i, json.dumps(item, ensure_ascii=False), tuple(_cell(item.get(name), i, name) for name in names))
        for i, item in enumerate(objects, 1)
    )
    return Sheet(names, rows, "json", decimal or "point", True, ())


def _objects(text: str) -> list[dict[str, Any]]:
    lines = [line for line in text.splitlines() if line.strip()]
    found: list[Any] = []
    try:
        if text.lstrip().startswith("["):
            found = json.loads(text)
        else:
            for i, line in enumerate(lines, 1):  # noqa: B007 - the mistake's line
                found.append(json.loads(line))
    except (ValueError, RecursionError):
        where = f"line {len(found) + 1}" if found or len(lines) > 1 else "the text"
        raise ConfigError(f'{where} is no JSON: write one object a line, as {{"x": 1, "y": 2}}', "body") from None
    for i, item in enumerate(found, 1):
        if not isinstance(item, dict):
            raise ConfigError(f'row {i} is no object; write one object a line, as {{"x": 1, "y": 2}}', "body")
    return found


def _cell(value: Any, row: int, name: str) -> str:
    if isinstance(value, (dict, list)):
        raise ConfigError(f"row {row}, column {name}: a cell is a number or a text, not a list or an object", "body")
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
