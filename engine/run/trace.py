"""All values of one executed iteration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.execution.interpreter import Values
from engine.execution.trace_memory import Packed
from engine.foundation.value_name import is_data
from engine.ops.core.op import Array
from engine.program.program import Program


@dataclass(frozen=True, slots=True)
class Trace(Mapping[str, Array]):
    """All values of one executed iteration, by name; each is read-only."""

    iteration: int
    program: Program
    table: Values | Packed
    nbytes: int

    def __getitem__(self, name: str) -> Array:
        return self.table[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.table if not is_data(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)
