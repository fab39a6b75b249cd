"""Timing in turn: a little of each at a time, so that a busy machine slows all alike and the ratio stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import process_time
from typing import Any

ROUNDS = 9
SECONDS = 0.03  # about how long one candidate runs before it is the next one's turn
LEAST = 8  # iterations at a time: a jump does a stride of them, so they share what beginning and ending it costs
Work = Callable[[int], Any]  # does this many iterations


def in_turn(works: Sequence[Work]) -> list[list[float]]:
    """Microseconds of processor time per iteration of each, `ROUNDS` times, one after the other in every round."""
    counts = [enough(work) for work in works]
    rounds = [[clock(work, count) for work, count in zip(works, counts, strict=True)] for _ in range(ROUNDS)]
    return [list(times) for times in zip(*rounds, strict=True)]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of what was measured side by side, divided."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def enough(work: Work) -> int:
    """How many iterations take about `SECONDS`, and at least `LEAST`; finding out also warms up."""
    count = LEAST
    clock(work, count)
    while clock(work, count) * count / 1e6 < SECONDS:
        count *= 2
    return count


def clock(work: Work, count: int) -> float:
    start = process_time()
    work(count)
    return (process_time() - start) / count * 1e6


def repeated(make: Callable[[], object]) -> Work:
    """Makes a thing again and again."""

    def work(count: int) -> None:
        for _ in range(count):
            make()

    return work
