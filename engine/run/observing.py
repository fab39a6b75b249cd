"""Training a stretch of a run once more with somebody looking on."""

from __future__ import annotations

from engine.execution.cancellation import Wanted, check
from engine.execution.training_loop import Observer
from engine.run.checkpoints import STRIDE
from engine.run.run import Crew, Run


def observe(run: Run, start: int, end: int, observer: Observer, cancelled: Wanted | None = None) -> None:
    """Trains from `start` to `end`; the observer is called at the end of every iteration, in order.

    What it passes through is kept as checkpoints, as by any training.
    Raises: CancelledWorkError; RangeError for a negative start.
    """
    crew, raw = Crew(observer), run.raw_state(start, cancelled)
    while start < end:
        check(cancelled, start)
        stop = min(end, (start // STRIDE + 1) * STRIDE, run.next_edit(start))
        _, raw = run.advance(start, stop, raw, cancelled, crew)
        start = stop
