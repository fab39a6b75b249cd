"""Two runs beside each other: in which settings they differ, and which value is the first to have other bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.execution.cancellation import Wanted, check
from engine.foundation.errors import RangeError, UnknownValueError
from engine.foundation.value_name import is_data
from engine.ops.core.op import Array
from engine.program.program import Program, Step
from engine.run.checkpoints import STRIDE
from engine.run.run import Run

MISSING = object()


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that differs; None where one of the runs does not have it."""

    path: str
    here: Any
    there: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """The first value with other bits; the step that wrote it, None where it was there before the iteration."""

    iteration: int
    step: Step | None
    value: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two runs; equal: how many settings do not."""

    settings: tuple[Setting, ...]
    equal: int
    first: Difference | None


def compare(here: Run, there: Run, to: int, cancelled: Wanted | None = None) -> Comparison:
    """The settings that differ, and the first value that does in the iterations before `to`.

    Raises: RangeError if `to` is below 1; CancelledWorkError.
    """
    if to < 1:
        raise RangeError(f"to is one past the last iteration compared, 1 or more; given {to}", "query.to")
    settings, equal = differing(here.config.to_dict(), there.config.to_dict())
    return Comparison(settings, equal, first_difference(here, there, to, cancelled))


# --- settings --------------------------------------------------------------------------------------------------------


def differing(here: Mapping[str, Any], there: Mapping[str, Any]) -> tuple[tuple[Setting, ...], int]:
    """The settings that differ, in the order of the first configuration, and how many are equal."""
    a, b = dict(_flat(here)), dict(_flat(there))
    pairs = [(path, a.get(path, MISSING), b.get(path, MISSING)) for path in dict.fromkeys((*a, *b))]
    unequal = [Setting(path, *(None if v is MISSING else v for v in (x, y))) for path, x, y in pairs if x != y]
    return tuple(unequal), len(pairs) - len(unequal)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting with its path: ``layers[0].units``. A list of numbers is one setting."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, Sequence) and any(isinstance(inner, Mapping) for inner in value):
        for i, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{i}]")
    else:
        yield path, value


# --- values ----------------------------------------------------------------------------------------------------------


def first_difference(here: Run, there: Run, to: int, cancelled: Wanted | None = None) -> Difference | None:
    """The first value with other bits in the iterations before `to`.

    In each iteration what it starts from comes first, then step after step. A value that one of them does not have
    differs. What both have from the same past is not looked at again, nor is a stride that ends in the same state with
    the same losses and rates all along.
    Raises: CancelledWorkError.
    """
    start = _parting(here, there, to)
    if start < to and (found := _in_iteration(here, there, start, cancelled)):
        return found
    for block in range(start // STRIDE, -(-to // STRIDE)):
        check(cancelled)
        if not _alike(here, there, block, cancelled):
            for t in range(max(start + 1, block * STRIDE), min((block + 1) * STRIDE, to)):
                if found := _in_iteration(here, there, t, cancelled):
                    return found
    return None


def _parting(here: Run, there: Run, to: int) -> int:
    """The first iteration that is not the same by construction."""
    edits = {edit.iteration for run in (here, there) for edit in run.config.edits}
    same = here.lineage(0) == there.lineage(0)
    return next((t for t in sorted({0, *edits}) if not same or here.lineage(t + 1) != there.lineage(t + 1)), to)


def _alike(here: Run, there: Run, block: int, cancelled: Wanted | None) -> bool:
    """Whether a stride has the same losses and rates, and ends in the same state."""
    courses = [run.block(block, cancelled) for run in (here, there)]
    if any(
        _bits(getattr(courses[0], name)) != _bits(getattr(courses[1], name)) for name in ("loss", "rate", "clipped")
    ):
        return False
    states = [run.state_at((block + 1) * STRIDE, cancelled) for run in (here, there)]
    return [_bits(array) for array in states[0].arrays] == [_bits(array) for array in states[1].arrays]


def _in_iteration(here: Run, there: Run, t: int, cancelled: Wanted | None) -> Difference | None:
    a, b = here.trace_at(t, cancelled), there.trace_at(t, cancelled)
    for step, name in _in_order(a.program):
        other = b.table.get(name)
        if other is None or _bits(a[name]) != _bits(other):
            return Difference(t, step, name)
    missing = next(((step, name) for step, name in _in_order(b.program) if a.table.get(name) is None), None)
    return None if missing is None else Difference(t, None, missing[1])


def _in_order(program: Program) -> Iterator[tuple[Step | None, str]]:
    yield from ((None, name) for name in program.sources if not is_data(name))
    yield from ((step, step.output) for step in program.steps)


def _bits(array: Array) -> tuple[tuple[int, ...], str, bytes]:
    return array.shape, array.dtype.str, array.tobytes()


# --- one value of both -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Apart:
    """How far a value of both runs is apart: the largest size of a cell's difference, 0 where all bits are equal."""

    value: str
    shape: tuple[int, ...]
    largest: float


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """A value of both runs and there minus here; index: the cell that is farthest apart, None where none is."""

    value: str
    here: Array
    there: Array
    difference: Array
    largest: float
    index: tuple[int, ...] | None


def values_apart(here: Run, there: Run, t: int, cancelled: Wanted | None = None) -> tuple[Apart, ...]:
    """The values of iteration t that both runs have in one shape, in the order in which they come to be."""
    a, b = here.trace_at(t, cancelled), there.trace_at(t, cancelled)
    both = [name for _, name in _in_order(a.program) if _is_in_both(a.table, b.table, name)]
    return tuple(Apart(name, a[name].shape, _largest(_minus(b[name], a[name]))) for name in both)


def value_difference(here: Run, there: Run, t: int, value: str, cancelled: Wanted | None = None) -> ValueDifference:
    """One value of iteration t in both runs, and its difference.

    Formula: difference = there - here, in float64; 0 where both are the same, inf and nan too.
    Raises: UnknownValueError if one of them does not have it, or in another shape; CancelledWorkError.
    """
    a, b = here.trace_at(t, cancelled), there.trace_at(t, cancelled)
    if not _is_in_both(a.table, b.table, value):
        raise UnknownValueError(_not_in_both(a.table, b.table, value), "query.value")
    difference = _minus(b[value], a[value])
    largest = _largest(difference)
    at = np.unravel_index(int(np.argmax(np.abs(difference))), difference.shape) if largest != 0 else None
    index = None if at is None else tuple(int(i) for i in at)
    return ValueDifference(value, a[value], b[value], difference, largest, index)


def _is_in_both(a: Mapping[str, Array], b: Mapping[str, Array], name: str) -> bool:
    return name in a and name in b and a[name].shape == b[name].shape


def _not_in_both(a: Mapping[str, Array], b: Mapping[str, Array], name: str) -> str:
    if name in a and name in b:
        return f"{name!r} has the shape {list(a[name].shape)} here and {list(b[name].shape)} there: nothing to subtract"
    if name not in a and name not in b:
        return f"neither run has a value {name!r} in this iteration"
    return f"{name!r} is a value of {'this run' if name in a else 'the other run'} only"


def _minus(there: Array, here: Array) -> Array:
    x, y = there.astype(np.float64), here.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        alike = (x == y) | (np.isnan(x) & np.isnan(y))
        return np.where(alike, 0.0, x - y)


def _largest(difference: Array) -> float:
    """Its size; nan where one run has a number and the other has none."""
    return float(np.max(np.abs(difference), initial=0.0))
