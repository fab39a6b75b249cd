"""What is asked of the reading of a table, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from engine.data.reading.column_read import LeftOut
from engine.data.reading.columns import Column
from engine.data.reading.dialect import Sheet
from engine.foundation.errors import ConfigError

Gaps = Literal["leave_out", "median"]
GAPS: tuple[Gaps, ...] = get_args(Gaps)
FEWEST = 2  # rows that a run can be made of


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of the reading; None where it is to be guessed.

    columns:     the inputs, instead of all that can be;
    numbers, categories: columns to be read so;
    gaps:        what becomes of a row with an empty input: it is left out, or gets the median of its column.
    mends:       cells that are read as something else: row, column from 0, text, as `47,2,51.6`;
    image:       whether the numbers of a row are an image: then each of them goes in, also one that is always the same;
    scale_target: whether targets that are numbers are moved to mean 0 and scaled to standard deviation 1.
    """

    target: str | None = None
    columns: tuple[str, ...] | None = None
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    separator: str | None = None
    decimal: str | None = None
    header: bool | None = None
    gaps: Gaps = "leave_out"
    standardize: bool = True
    scale_target: bool = True
    test_fraction: float = 0.3
    title: str = "own data"
    seed: int = 0
    mends: tuple[str, ...] = ()
    image: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read.

    rows: in the file; train, test: how many of those that go in; left_out: the first of them, `out` counts all;
    changed: for each column a first cell that was read differently, `read_differently` counts all; classes: of the
    target, none for numbers; data: for a configuration; refused: why there is none, with what to do about it.
    """

    title: str
    sheet: Sheet
    target: str
    task: Literal["classification", "regression"]
    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    rows: int
    train: int
    test: int
    out: int
    left_out: tuple[LeftOut, ...]
    read_differently: int
    changed: tuple[LeftOut, ...]
    data: dict[str, Any] | None
    refused: str = ""


class UnfitError(ConfigError):
    """A table that can be read, and makes no data by what was chosen of it."""
