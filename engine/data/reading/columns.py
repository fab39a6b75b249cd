"""What a column of a table is: its kind, its range, and how its values are spread, by the classes of the target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from engine.data.reading.cells import is_date, is_endless, is_missing, number
from engine.foundation.options import LARGEST_INTEGER

Kind = Literal["number", "category", "name", "date"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BINS = 20
MOST_BARS = 6  # values of a category that are counted one by one
MOST_VALUES = 50  # different texts of a category; with more they are names
MOST_CLASSES = 5  # told apart in a picture
WHOLE_CLASSES = 12  # different whole numbers of a target that are taken for classes
FEWEST_COUNTED = 3  # rows of a column that is called so that number the rows
_MOSTLY = 0.8  # the share of numbers that makes a column one of numbers


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a column's picture: what it counts, and how often, class by class; the last for rows without one.

    low, high: its interval, of numbers; text: its value, of a category.
    """

    text: str
    low: float | None
    high: float | None
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    role: what the run takes it for; why: the reason where it is left out by itself; missing, unreadable: cells;
    distinct: different values; examples: the first of them; least, most, mean, median: of the numbers in the file;
    goes_in_as: the inputs that it becomes; mean_in, std_in: what these are moved and scaled by, measured on the
    training rows, one each.
    """

    name: str
    kind: Kind
    role: Literal["input", "target", "out"]
    why: str
    missing: int
    unreadable: int
    distinct: int
    examples: tuple[str, ...]
    least: float | None
    most: float | None
    mean: float | None
    median: float | None
    bars: tuple[Bar, ...]
    goes_in_as: tuple[str, ...] = ()
    mean_in: tuple[float, ...] = ()
    std_in: tuple[float, ...] = ()


def kind_of(cells: Sequence[str], decimal: str) -> Kind:
    """What a column is, by its cells."""
    given = [cell for cell in cells if not is_missing(cell)]
    if not given:
        return "name"
    if sum(number(cell, decimal) is not None or is_endless(cell) for cell in given) >= _MOSTLY * len(given):
        return "number"
    if all(map(is_date, given)):
        return "date"
    different = len(set(given))
    return "category" if different <= min(MOST_VALUES, max(2, len(given) // 2)) else "name"


def why_out(name: str, kind: Kind, cells: Sequence[str], decimal: str) -> str:
    """Why a column is left out unless one asks for it; empty for one that goes in."""
    given = [cell for cell in cells if not is_missing(cell)]
    different = len(set(given))
    if not given:
        return "every cell is empty"
    if kind == "date":
        return "a date is no number"
    if kind == "name":
        return "a name for every row" if different == len(given) else f"{different} different texts"
    if different == 1:
        return f"always {given[0]}"
    return COUNTS if kind == "number" and _counts(name, given, decimal) else ""


COUNTS = "it numbers the rows: one more in each"
_NUMBERS_ROWS = frozenset(("id", "no", "no.", "nr", "nr.", "#", "index", "idx", "key", "row", "number", "unnamed: 0"))


def _counts(name: str, cells: Sequence[str], decimal: str) -> bool:
    """Whether a column is 100, 101, 102, ...: over more rows than a small example has, unless it is called so."""
    found = [number(cell, decimal) for cell in cells]
    values = [item.value for item in found if item is not None]
    enough = FEWEST_COUNTED if name.strip().lower() in _NUMBERS_ROWS else WHOLE_CLASSES + 1
    return len(values) >= enough and values[0] == int(values[0]) and bool(np.all(np.diff(values) == 1))


def class_like(values: Sequence[float]) -> bool:
    """Whether numbers of a target stand for classes: few different whole ones, each more than once."""
    different = set(values)
    few = len(different) <= WHOLE_CLASSES and all(value == int(value) and value >= 0 for value in different)
    return few and len(values) >= 3 * len(different) > 3


def number_bars(values: Sequence[float | None], classes: Sequence[int], count: int) -> tuple[Bar, ...]:
    """A histogram: a bar for each of few whole numbers, else equal intervals from the least to the most."""
    known = [(value, label) for value, label in zip(values, classes, strict=True) if value is not None]
    if not known:
        return ()
    array = np.array([value for value, _ in known])
    edges = _edges(array)
    place = np.clip(np.searchsorted(edges, array, side="right") - 1, 0, len(edges) - 2)
    table = np.zeros((len(edges) - 1, count), dtype=int)
    np.add.at(table, (place, np.array([label for _, label in known])), 1)
    return tuple(
        Bar("", float(edges[i]), float(edges[i + 1]), tuple(map(int, table[i]))) for i in range(len(edges) - 1)
    )


def _edges(array: np.ndarray) -> np.ndarray:
    least, most = array.min(), array.max()
    told_apart = max(abs(least), abs(most)) < LARGEST_INTEGER  # beyond it the next whole number is the same float
    if told_apart and bool((array == np.floor(array)).all()) and most - least < BINS:
        return np.arange(least, most + 2) - 0.5
    return np.linspace(least, most, BINS + 1) if np.isfinite(most - least) else np.array([least, most])


def category_bars(cells: Sequence[str | None], classes: Sequence[int], count: int) -> tuple[Bar, ...]:
    """A bar for each of the values that occur most, those of a target in the order of its classes."""
    often = Counter(cell for cell in cells if cell is not None)
    shown = sorted(name for name, _ in often.most_common(MOST_BARS))
    bars = {name: [0] * count for name in shown}
    for cell, label in zip(cells, classes, strict=True):
        if cell in bars:
            bars[cell][label] += 1
    return tuple(Bar(name, None, None, tuple(bars[name])) for name in shown)
