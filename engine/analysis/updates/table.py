"""Every trained number of an iteration in a table: what its update is made of, sorted by the size of any of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.foundation.errors import RangeError, UnknownValueError
from engine.foundation.meant import unknown
from engine.foundation.numbers import number
from engine.foundation.value_name import gradient_name, member_name, next_name, update_name
from engine.ops.core.op import Array, Shape
from engine.run.trace import Trace
from engine.update.equations import RATE

BEFORE, RATIO = "before", "ratio"  # the parameter itself, and a column that no value of the iteration is
GRADIENT, STEP, NEW = (name("")[1:] for name in (gradient_name, update_name, next_name))


@dataclass(frozen=True, slots=True)
class Row:
    """One trained number: a number for each column, nan where its parameter has none.

    index: from 0, as in code; rank: how many rows are before it.
    """

    parameter: str
    index: tuple[int, ...]
    rank: int
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class UpdateTable:
    """Some rows of it.

    columns: `before` for the parameter itself, else what stands behind its name in the name of the value: `grad`,
             `exp_avg.next`, `update`, `next`; and `ratio`, the size of the step over that of the number.
    total:   rows in all; offset: of the first one that is here.
    chosen:  the row of the cell that was asked for, and what its step is beside a plain one, in a sentence.
    """

    columns: tuple[str, ...]
    sort: str
    total: int
    offset: int
    rows: tuple[Row, ...]
    chosen: Row | None
    says: str | None


def update_table(
    traced: Trace,
    sort: str = STEP,
    descending: bool = True,
    part: str = "",
    offset: int = 0,
    limit: int = 100,
    cell: tuple[str, tuple[int, ...]] | None = None,
) -> UpdateTable:
    """The trained numbers by the size of one column, those without a number last; equal ones in their own order.

    Args:   part: only parameters whose names contain it; cell: a parameter and an index, for `chosen`.
    Raises: UnknownValueError for an unknown column or parameter; RangeError for an index outside of it.
    """
    sheet = _Sheet(traced, part)
    if sort not in sheet.columns:
        raise UnknownValueError(unknown("column", sort, sheet.columns), "query.sort")
    order = _order(np.abs(sheet.column(sort)), descending)
    rows = tuple(sheet.row(int(at), offset + i) for i, at in enumerate(order[offset : offset + limit]))
    found = None if cell is None else sheet.place(*cell)
    chosen = None if found is None else sheet.row(found, int(np.flatnonzero(order == found)[0]))
    says = None if chosen is None else _says(traced, chosen, sheet.columns)
    return UpdateTable(sheet.columns, sort, len(order), offset, rows, chosen, says)


def _order(sizes: Array, descending: bool) -> Array:
    """Nan is last whichever way it goes."""
    return np.asarray(np.argsort(-sizes if descending else sizes, kind="stable"))


class _Sheet:
    """The trained parameters one after the other, cell after cell."""

    def __init__(self, traced: Trace, part: str) -> None:
        self._traced = traced
        self._shapes = {p.name: p.shape for p in traced.program.update.trained}
        self.columns = _columns(traced, self._shapes)
        self._kept = [(name, shape) for name, shape in self._shapes.items() if part in name]
        sizes = [math.prod(shape) for _, shape in self._kept]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)

    def column(self, key: str) -> Array:
        """All cells of a column."""
        return np.concatenate([np.zeros(0), *(self._cells(name, shape, key) for name, shape in self._kept)])

    def _cells(self, parameter: str, shape: Shape, key: str) -> Array:
        if key == RATIO:
            return np.asarray(_ratio(*(self._cells(parameter, shape, k) for k in (STEP, BEFORE))))
        found = self._value(parameter, key)
        return np.full(math.prod(shape), np.nan) if found is None else found.astype(np.float64).ravel()

    def _value(self, parameter: str, key: str) -> Array | None:
        """All cells of a column that are one parameter's; None where it has none."""
        return self._traced.table.get(parameter if key == BEFORE else member_name(parameter, key))

    def row(self, at: int, rank: int) -> Row:
        """The row of a cell."""
        which = int(np.searchsorted(self._starts, at, side="right")) - 1
        name, shape = self._kept[which]
        index = tuple(int(i) for i in np.unravel_index(at - int(self._starts[which]), shape))
        return Row(name, index, rank, tuple(self._number(name, index, key) for key in self.columns))

    def _number(self, parameter: str, index: tuple[int, ...], key: str) -> float:
        if key == RATIO:
            return float(_ratio(*(np.float64(self._number(parameter, index, k)) for k in (STEP, BEFORE))))
        found = self._value(parameter, key)
        return math.nan if found is None else float(found[index])

    def place(self, parameter: str, index: tuple[int, ...]) -> int | None:
        """Which of the cells it is; None where its parameter is left out."""
        if parameter not in self._shapes:
            raise UnknownValueError(unknown("trained parameter", parameter, self._shapes), "query.parameter")
        shape = self._shapes[parameter]
        if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise RangeError(f"{parameter} has the shape {shape}; given the index {index}", "query.index")
        kept = [name for name, _ in self._kept]
        if parameter not in kept:
            return None
        inside = int(np.ravel_multi_index(index, shape)) if shape else 0
        return int(self._starts[kept.index(parameter)]) + inside


@np.errstate(all="ignore")
def _ratio(step: Any, weight: Any) -> Any:
    """The size of a step over that of its number: inf over 0, nan of two zeros."""
    return np.abs(step) / np.abs(weight)


def _columns(traced: Trace, shapes: Mapping[str, Shape]) -> tuple[str, ...]:
    """The parameter, its gradient, what the update makes of them in its order, the step, the new number, the ratio."""
    made: dict[str, None] = {}
    for step in traced.program.steps:
        if step.phase == "update":
            owner = str(traced.program.name(step.output).subject)
            if owner in shapes and step.shape == shapes[owner]:
                made[step.output.removeprefix(f"{owner}.")] = None
    between = [key for key in made if key not in (STEP, NEW)]
    return (BEFORE, GRADIENT, *between, STEP, NEW, RATIO)


def _says(traced: Trace, row: Row, columns: tuple[str, ...]) -> str:
    """A step beside what the gradient alone, times the learning rate, would have made."""
    numbers = dict(zip(columns, row.numbers, strict=True))
    step, plain = numbers[STEP], -float(traced[RATE]) * numbers[GRADIENT]
    if not (math.isfinite(step) and math.isfinite(plain)):
        return "Its step or its gradient is not finite here."
    moved = f"It moves {_way(step)}" if step else "It does not move"
    if plain == 0:
        return f"{moved}; its gradient is 0." if step else f"{moved}: its gradient is 0."
    if math.isclose(step, plain, rel_tol=1e-9):
        return f"{moved}: against its gradient, times the learning rate."
    return f"{moved}; its gradient alone, times the learning rate, would move it {_way(plain)}."


def _way(step: float) -> str:
    return f"{'up' if step > 0 else 'down'} by {number(abs(step))}"
