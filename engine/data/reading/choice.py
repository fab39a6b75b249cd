"""Which column is the target, and which go in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.data.reading.column_read import Read
from engine.data.reading.columns import COUNTS, Kind, class_like, kind_of, why_out
from engine.data.reading.dialect import DECIMALS, Row, Sheet
from engine.data.reading.wishes import Wishes
from engine.foundation.errors import ConfigError
from engine.foundation.meant import unknown

USUAL_TARGETS = ("target", "label", "class", "species", "y", "output")


def check_names(sheet: Sheet, wishes: Wishes) -> None:
    asked = {"target": [wishes.target] if wishes.target is not None else [], "column": wishes.columns or ()}
    asked |= {"number": wishes.numbers, "category": wishes.categories}
    for field, names in asked.items():
        for name in names:
            if name not in sheet.names:
                message = unknown(f"the table has no column {name[:60]!r}", name, sheet.names, "it has:")
                raise ConfigError(message, field)


def kinds_of(sheet: Sheet, rows: Sequence[Row], wishes: Wishes) -> dict[str, Kind]:
    decimal = DECIMALS[sheet.decimal]
    found = {name: kind_of([row.cells[i] for row in rows], decimal) for i, name in enumerate(sheet.names)}
    for name in wishes.numbers:
        found[name] = "number"
    for name in wishes.categories:
        found[name] = "category"
    return found


def targets_found(sheet: Sheet, kinds: dict[str, Kind], wishes: Wishes) -> list[str]:
    """The one asked for; else those that are called so, the last category, or the last column with numbers."""
    if wishes.target is not None:
        return [wishes.target]
    usual = [name for name in sheet.names if name.strip().lower() in USUAL_TARGETS and kinds[name] != "name"]
    last = [name for name in sheet.names[-1:] if kinds[name] in ("category", "number")]
    others = [name for name in reversed(sheet.names) if kinds[name] in ("category", "number")]
    return [*usual, *last, *others]


def as_target(read: Read, wishes: Wishes) -> Read:
    """A target of few whole numbers stands for classes, unless it is asked for as numbers."""
    numbers = [value for value in read.values if value is not None]
    if read.kind == "number":
        if read.name in wishes.numbers or read.unreadable or not class_like(numbers):
            return read
        texts = [None if value is None else f"{value:.0f}" for value in read.values]
        return replace(read, kind="category", values=texts)
    return replace(read, kind="category")


def why_no_input(read: Read, target: str, wishes: Wishes, sheet: Sheet) -> str | None:
    """Why a column is no input; None for one that is."""
    if read.name == target:
        return None
    if wishes.columns is not None:
        if read.name not in wishes.columns:
            return ""
        if read.kind in ("name", "date"):
            read.kind = "category"
        return None
    if wishes.image:
        return None if read.kind == "number" else ""
    return why_out(read.name, read.kind, read.cells, DECIMALS[sheet.decimal]) or None


def chosen(outs: dict[str, str | None], target: str) -> list[str]:
    """The inputs; columns that number the rows are among them where there are no others."""
    inputs = [name for name, why in outs.items() if name != target and why is None]
    counting = [name for name, why in outs.items() if why == COUNTS]
    if not inputs:
        outs.update(dict.fromkeys(counting))
    return inputs or counting


def no_inputs(outs: dict[str, str | None], target: str) -> str:
    reasons = [f"{name} ({why})" for name, why in outs.items() if why]
    out = f": {', '.join(reasons[:3])}{' and others' * (len(reasons) > 3)}" if reasons else ""
    return f"no column is left to learn {target!r} from{out}; tick one, or choose another target"
