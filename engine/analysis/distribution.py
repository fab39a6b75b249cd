"""How the cells of a value are spread, over a stretch of iterations: histograms on one common axis."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.analysis.history import check_range
from engine.execution.cancellation import Wanted
from engine.execution.recorder import Call
from engine.foundation.errors import RangeError, UnknownValueError
from engine.ops.core.op import Array
from engine.program.program import Program
from engine.run.observing import observe
from engine.run.run import Run

Scale = Literal["linear", "log"]
MOST = 4_000_000  # cells that are looked at together: they are kept until the axis is known


@dataclass(frozen=True, slots=True)
class Distribution:
    """Histograms of one value.

    edges:     of the bins, one more than there are bins; on the scale "log" of |cell|, in powers of ten.
    counts:    a row for each iteration.
    zeros:     cells that are 0 on the scale "log", which has no place for them.
    nonfinite: cells that are inf or nan.
    """

    value: str
    scale: Scale
    iterations: Array
    edges: Array
    counts: Array
    zeros: Array
    nonfinite: Array


class _Keeping:
    """Copies a value at every so many iterations."""

    def __init__(self, value: str, every: int) -> None:
        self._value, self._every, self._passed = value, every, 0
        self.rows: list[Array] = []

    def wanted(self, program: Program) -> Collection[str]:
        return (self._value,)

    def bind(self, program: Program, values: Mapping[str, Array]) -> Call:
        array = values.get(self._value)
        return lambda: self._keep(array)

    def _keep(self, array: Array | None) -> None:
        if self._passed % self._every == 0:
            self.rows.append(np.zeros(0) if array is None else np.ravel(array).astype(np.float64))
        self._passed += 1


def distribution(
    run: Run,
    value: str,
    start: int,
    end: int,
    every: int = 1,
    bins: int = 40,
    scale: Scale = "linear",
    cancelled: Wanted | None = None,
) -> Distribution:
    """The histograms of a value's cells at every so many iterations of [start, end), on one axis.

    Formula: scale "linear": of the cells; "log": of log10 |cell|, cells that are 0 apart
    Raises:  UnknownValueError; RangeError, also if there are too many cells; CancelledWorkError.
    """
    _check(run, value, start, end, every, bins)
    keeping = _Keeping(value, every)
    observe(run, start, end, keeping, cancelled)
    with np.errstate(all="ignore"):
        placed = [_placed(row, scale) for row in keeping.rows]
    edges = np.linspace(*_ends(placed), bins + 1)
    return Distribution(
        value,
        scale,
        np.arange(start, end)[::every],
        edges,
        np.stack([np.histogram(row, edges)[0] for row in placed]),
        np.array([int(np.sum(row == 0)) if scale == "log" else 0 for row in keeping.rows]),
        np.array([int(np.sum(~np.isfinite(row))) for row in keeping.rows]),
    )


def _check(run: Run, value: str, start: int, end: int, every: int, bins: int) -> None:
    check_range(start, end)
    for name, given in (("every", every), ("bins", bins)):
        if given < 1:
            raise RangeError(f"{name} is 1 or more; given {given}", f"query.{name}")
    program = run.program_at(start)
    if value not in program.sources and value not in program.producer:
        raise UnknownValueError(f"unknown value {value!r}", "query.value")
    cells = math.prod(program.shape(value)) * -(-(end - start) // every)
    if cells > MOST:
        raise RangeError(f"{value} has {cells} cells at these iterations, at most {MOST}: ask for fewer", "query.every")


def _placed(row: Array, scale: Scale) -> Array:
    """The finite cells where they lie on the axis."""
    found = row[np.isfinite(row)]
    return found if scale == "linear" else np.log10(np.abs(found[found != 0]))


def _ends(rows: list[Array]) -> tuple[float, float]:
    """The axis: from the least cell to the largest of all rows, and not nothing wide."""
    cells = [row for row in rows if row.size]
    low, high = (min(float(r.min()) for r in cells), max(float(r.max()) for r in cells)) if cells else (0.0, 0.0)
    return (low, high) if low < high else (low - 0.5, high + 0.5)
