"""What is kept of a run's past, each thing under the name of what it depends on."""

from __future__ import annotations

from engine.execution.state import State
from engine.execution.training_curve import Course, joined
from engine.run.checkpoints import LASTING, STRIDE, Store, rank_of
from engine.run.lineage import Lineage
from engine.run.trace import Trace


class Past:
    """A run's part of a store: branches find there what they have in common with it."""

    def __init__(self, store: Store, lineage: Lineage) -> None:
        self._store = store
        self._lineage = lineage

    # --- states and traces -----------------------------------------------------------------------------------------

    def state(self, iteration: int) -> State | None:
        """The raw state before an iteration."""
        found: State | None = self._store.get(("state", self._lineage.at(iteration), iteration))
        return found

    def keep_state(self, iteration: int, raw: State) -> None:
        """Keeps the raw state before an iteration."""
        key = ("state", self._lineage.at(iteration), iteration)
        self._store.put(key, raw, raw.nbytes, rank_of(iteration))

    def nearest(self, iteration: int) -> tuple[int, State] | None:
        """The nearest state at or before an iteration: right there, else around the last whole stride."""
        return self._within(iteration) or self._within(self._last_whole(iteration) + STRIDE - 1)

    def _within(self, iteration: int) -> tuple[int, State] | None:
        """The nearest state at or before an iteration, less than a stride away."""
        for t in range(iteration, max(-1, iteration - STRIDE), -1):
            if (found := self.state(t)) is not None:
                return t, found
        return None

    def _last_whole(self, iteration: int) -> int:
        """The last whole stride before an iteration whose state is kept: work that was stopped may lie behind it."""
        whole = range(iteration // STRIDE * STRIDE, -1, -STRIDE)
        return next((t for t in whole if self.state(t) is not None), 0)

    def trace(self, iteration: int) -> Trace | None:
        """Every value of an iteration."""
        found: Trace | None = self._store.get(("trace", self._lineage.at(iteration + 1), iteration))
        return found

    def keep_trace(self, trace: Trace) -> None:
        """Keeps every value of an iteration."""
        key = ("trace", self._lineage.at(trace.iteration + 1), trace.iteration)
        self._store.put(key, trace, trace.nbytes)

    # --- courses ---------------------------------------------------------------------------------------------------

    def block(self, number: int) -> Course | None:
        """The course of a whole stride."""
        found: Course | None = self._store.get(self._block_key(number))
        return found

    def keep_block(self, number: int, course: Course) -> None:
        """Keeps the course of a whole stride."""
        self._store.put(self._block_key(number), course, course.nbytes, LASTING)

    def has_block(self, number: int) -> bool:
        """Whether the course of a whole stride is kept; asking does not make it live longer."""
        return self._block_key(number) in self._store

    def _block_key(self, number: int) -> tuple[str, str, int]:
        return ("course", self._lineage.at((number + 1) * STRIDE), number)

    def so_far(self, number: int, end: int) -> Course | None:
        """What is known of the course of a stride that goes on up to `end`."""
        found: Course | None = self._store.get(("so far", self._lineage.at(end), number))
        return found

    def keep_so_far(self, number: int, end: int, course: Course) -> None:
        """Keeps the course of a stride up to `end`."""
        self._store.put(("so far", self._lineage.at(end), number), course, course.nbytes)

    def keep_trained(self, start: int, end: int, course: Course) -> None:
        """Keeps what was trained from the start of a stride on; a course that begins elsewhere is nobody's."""
        number, offset = divmod(start, STRIDE)
        if offset == 0 and end == start + STRIDE:
            self.keep_block(number, course)
        elif offset == 0:
            self.keep_so_far(number, end, course)

    def keep_begun(self, start: int, course: Course) -> None:
        """Keeps how far work came that was stopped; the state there is kept by itself."""
        self._store.put(self._begun_key(start), course, course.nbytes)

    def begun(self, start: int, end: int) -> tuple[Course, State] | None:
        """What work that was stopped has done of the way from `start` to `end`, which has no edit between."""
        course: Course | None = self._store.get(self._begun_key(start))
        if course is None or start + len(course.loss) > end:
            return None
        state = self.state(start + len(course.loss))
        return None if state is None else (course, state)

    def _begun_key(self, start: int) -> tuple[str, str, int]:
        return ("begun", self._lineage.at(start + 1), start)


def longer(known: Course | None, more: Course) -> Course:
    """A course with what came after it."""
    return joined([known, more]) if known else more
