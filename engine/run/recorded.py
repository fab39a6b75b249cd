"""A run whose states were recorded elsewhere: each iteration is derived anew from the parameters and the batch that
were kept of it, and nothing leads from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.config.run_config import RunConfig
from engine.execution.cancellation import Wanted, check
from engine.execution.interpreter import Values
from engine.execution.state import State, frozen
from engine.execution.training_curve import Course, part
from engine.foundation.cached import cached_property
from engine.foundation.errors import ConfigError, RangeError
from engine.ops.core.op import Array
from engine.run.checkpoints import STRIDE, Store
from engine.run.run import Run
from engine.run.trace import Trace
from engine.update.equations import BASE_RATE, RATE, STEP

CACHE = 32 * 2**20  # bytes of traces


@dataclass(frozen=True, kw_only=True)
class RecordedConfig(RunConfig):
    """What the recorded iterations have in common; batch k of its data is that of recording k."""

    digest: str = ""

    @cached_property
    def id(self) -> str:
        """A digest of the recording, not of the configuration: nothing can be computed again from that."""
        return f"rec-{self.digest}"

    def with_edits(self, given: Any, path: str = "edits") -> RecordedConfig:
        """A recording has no other course than its own.

        Raises: ConfigError.
        """
        if given:
            raise ConfigError("a recording cannot be changed: continue it as a run, and change that", path)
        return self


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept before one iteration: parameters, slots by name and parameter, the rate, and the updates so far."""

    iteration: int
    parameters: Mapping[str, Array]
    slots: Mapping[str, Mapping[str, Array]]
    rate: float
    steps: int


class RecordedRun(Run):
    """Iteration k is the k-th recording.

    Args:   about: whatever is to be said of the recording as a whole.
    Raises: ConfigError if parameters and configuration do not fit together.
    """

    about: Any = None

    def __init__(self, config: RecordedConfig, kept: Sequence[Kept]) -> None:
        self.kept = tuple(kept)
        super().__init__(config, Store(CACHE))

    def raw_state(self, iteration: int, cancelled: Wanted | None) -> State:
        """The state as it was recorded.

        Raises: RangeError where there is none.
        """
        if not 0 <= iteration < len(self.kept):
            last = len(self.kept) - 1
            raise RangeError(f"there are the recordings 0 to {last}; given {iteration}", "path.t")
        kept = self.kept[iteration]
        slots = {slot: self._flat(values) for slot, values in kept.slots.items()}
        memory = {name: np.full(m.shape, m.start, self.dtype) for name, m in self.outline.memory.items()}
        return State(self._flat(kept.parameters), slots, memory)

    def _flat(self, values: Mapping[str, Array]) -> Array:
        vector = np.zeros(self.layout.size, self.dtype)
        for name, value in values.items():
            self.layout.view(vector, name)[...] = value
        return frozen(vector)

    def trace_at(self, iteration: int, cancelled: Wanted | None = None) -> Trace:
        """Every value of one recorded iteration, derived from what was kept before it."""
        found: Trace | None = self.store.get(("trace", iteration))
        if found is None:
            check(cancelled)
            found = self._plain_trace(iteration, self.state_at(iteration))
            self.store.put(("trace", iteration), found, found.nbytes)
        return found

    def sources(self, iteration: int, state: State, rows: Array | None = None) -> Values:
        """With the rate and the count of updates that the recorded loop had then."""
        values = super().sources(iteration, state, rows)
        kept = self.kept[iteration]
        values[BASE_RATE if BASE_RATE in values else RATE] = np.full((), kept.rate, self.dtype)
        values[STEP] = np.full((), kept.steps + 1.0)
        return values

    def course(self, start: int, end: int, cancelled: Wanted | None = None) -> Course:
        """Loss and rate of each recording."""
        traces = [self.trace_at(t, cancelled) for t in range(start, end)]
        numbers = [[v for v in (trace[n] for n in trace) if v.dtype.kind == "f"] for trace in traces]
        large = np.array([not all(np.isfinite(v).all() for v in values) for values in numbers], bool)
        loss = np.array([trace["loss"] for trace in traces], self.dtype)
        rate = np.array([self.kept[t].rate for t in range(start, end)], self.dtype)
        return Course(loss, rate, np.zeros(len(loss), bool), large)

    def past(self, start: int, end: int, cancelled: Wanted | None = None) -> Course:
        """The same: there is nothing to train."""
        return self.course(start, end, cancelled)

    def block(self, number: int, cancelled: Wanted | None = None) -> Course:
        """A stride of recordings; where there are fewer, the last stands for those that are not there."""
        start = number * STRIDE
        found = self.course(start, min(start + STRIDE, len(self.kept)), cancelled)
        short = STRIDE - len(found.loss)
        padded = (np.pad(a, (0, short), mode="edge") for a in (found.loss, found.rate, found.clipped, found.large))
        return part(Course(*padded), 0, STRIDE)
