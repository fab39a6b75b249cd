"""Many iterations as one: each of their values with the iterations as its first axis, so that one call sees to all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.execution.cancellation import Wanted, check
from engine.execution.trace_memory import Packed, Plan
from engine.ops.core.op import Array
from engine.program.program import Program
from engine.run.run import Run
from engine.run.trace import Trace

MOST_BYTES = 2**23  # of traces that are held at a time


@dataclass(frozen=True, slots=True)
class Stacked:
    """The values of some iterations that one program computed in the same places of memory.

    Args: positions: of these iterations among all that are asked for.
    """

    positions: Sequence[int]
    traces: Sequence[Trace]
    _blocks: dict[np.dtype[Any], Array] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        return self.traces[0].program

    def __contains__(self, name: object) -> bool:
        return name in self.traces[0].table

    def __getitem__(self, name: str) -> Array:
        """The value's [iterations, ...]."""
        plan = _plan(self.traces[0])
        place = plan.places.get(name) if plan else None
        if place is None:
            return np.stack([traced[name] for traced in self.traces])
        if place.dtype not in self._blocks:
            tables = [traced.table for traced in self.traces]
            self._blocks[place.dtype] = np.stack([t.block(place.dtype) for t in tables if isinstance(t, Packed)])
        return place.stacked(self._blocks[place.dtype])


def stacked_traces(run: Run, iterations: Iterable[int], cancelled: Wanted | None = None) -> Iterator[Stacked]:
    """Those iterations, traced and put together where they can be; in bounded memory.

    Raises: CancelledWorkError.
    """
    gathered: dict[tuple[int, int], list[tuple[int, Trace]]] = {}
    for position, t in enumerate(iterations):
        check(cancelled)
        traced = run.trace_at(t, cancelled)
        plan = _plan(traced)
        key = id(traced.program), id(plan)
        held = gathered.setdefault(key, [])
        held.append((position, traced))
        if plan is None or len(held) * traced.nbytes > MOST_BYTES:
            yield _stacked(gathered.pop(key))
    yield from map(_stacked, gathered.values())


def _stacked(held: Sequence[tuple[int, Trace]]) -> Stacked:
    return Stacked([position for position, _ in held], [traced for _, traced in held])


def _plan(traced: Trace) -> Plan | None:
    """Where the values lie; None where each is an array of its own."""
    return traced.table.plan if isinstance(traced.table, Packed) else None
